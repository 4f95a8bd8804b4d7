/**
 * What of a registry's configuration and environment leaves its host: a program for awk, which runs there.
 *
 * It reads YAML as far as configurations of distribution use it, and prints a line for what is on a list of harmless keys:
 *
 *     s PATH VALUE      a scalar that may be shown
 *     k PATH            this key is there; its value stays on the host
 *     e PATH            what follows up to the next `e` is of a variable, which takes the place of PATH and all below it
 *     odd WHERE         something that it doesn't understand, where it matters: nothing may be believed then
 *
 * A path is the keys from the top, joined by dots. Only `storage`, `redis` and `proxy` are read; everything else is passed
 * over, whatever is in it. Plain POSIX awk: mawk, gawk and busybox's run it.
 *
 * With `-v wanted=PATH` it prints the value of that scalar alone, whatever it is, for a script that stays on the host; its
 * status is 1 where there is something that it doesn't understand.
 */

/**
 * With `-v mode=file` the input is a configuration, with `-v mode=environment` lines `NAME=VALUE` sorted by name in the
 * C locale, as the registry applies them.
 */
export const settingsReduction = String.raw`
BEGIN { SQ = sprintf("%c", 39); BQ = sprintf("%c", 96); top = ""; skipping = 1; count = 0; begun = 0; over = 0 }
{ sub(/\r$/, "") }
mode == "environment" { variable($0); next }
over { next }
NR == 1 { sub(/^\357\273\277/, "") }
/^[ \t]*(#|$)/ { next }
/^%/ { next }
/^---([ \t]|$)/ { if (begun) { over = 1; next } if ($0 !~ /^---[ \t]*(#.*)?$/) odd("line " NR); next }
/^\.\.\.([ \t]|$)/ { over = 1; next }
/^[^ \t]/ && !begun && /^\{/ { begun = 1; whole = 1 }
whole { keep($0); next }
/^[^ \t]/ && !/^-([ \t]|$)/ && !/^[]}]/ { begun = 1; topline($0); next }
!skipping { keep($0) }
END {
  if (mode != "environment") { if (whole) flowdoc(); else section() }
  finish()
}

function odd(where) { oddities = oddities "odd " where "\n" }

function keep(text) { lines[++count] = text; numbers[count] = NR }

# A key of the first column ends what was before it.
function topline(text,   key) {
  section()
  if (!splitkey(text)) { odd("line " NR); skipping = 1; return }
  key = gotkey
  if (key == "<<") { odd("line " NR); skipping = 1; return }
  skipping = key !~ /^(storage|redis|proxy)$/
  if (skipping) return
  if (key in tops) odd("line " NR)
  tops[key] = 1
  keep(text)
}

function section() {
  if (count) { at = 1; blockmap("", 0); if (at <= count) odd("line " numbers[at]) }
  count = 0
}

function indentof(text) { match(text, /^ */); return RLENGTH }

# Splits KEY: REST into gotkey and gotrest. A quoted key may hold anything but its quote and a backslash.
function splitkey(text,   end) {
  if (text ~ /^"[^"\\]*"[ \t]*:([ \t]|$)/) {
    end = index(substr(text, 2), "\"")
    gotkey = substr(text, 2, end - 1)
    gotrest = substr(text, end + 2)
    sub(/^[ \t]*:[ \t]*/, "", gotrest)
    return 1
  }
  if (substr(text, 1, 1) == SQ) {
    end = index(substr(text, 2), SQ)
    if (!end) return 0
    gotkey = substr(text, 2, end - 1)
    gotrest = substr(text, end + 2)
    if (gotrest !~ /^[ \t]*:([ \t]|$)/) return 0
    sub(/^[ \t]*:[ \t]*/, "", gotrest)
    return 1
  }
  if (!match(text, /^[A-Za-z0-9_.\/<][^:#"{}&*!|>%@,]*:([ \t]|$)/)) return 0
  gotkey = substr(text, 1, RLENGTH)
  gotrest = substr(text, RLENGTH + 1)
  sub(/[ \t]*:[ \t]?$/, "", gotkey)
  sub(/^[ \t]+/, "", gotrest)
  return index(gotkey, SQ) == 0 && index(gotkey, "[") == 0 && index(gotkey, "]") == 0
}

function below(path, key) { return path == "" ? key : path "." key }

# Lines from "at" on that stand exactly at this indent: a map.
function blockmap(path, indent,   key, rest, here) {
  while (at <= count) {
    here = indentof(lines[at])
    if (here < indent) return
    if (here > indent || substr(lines[at], here + 1, 1) == "\t") { odd("line " numbers[at]); at = count + 1; return }
    if (!splitkey(substr(lines[at], here + 1)) || gotkey == "<<") { odd("line " numbers[at]); at = count + 1; return }
    key = below(path, gotkey)
    rest = gotrest
    if (key in known) odd("line " numbers[at])
    known[key] = 1
    blockvalue(key, rest, indent)
  }
}

function blockvalue(path, rest, indent,   first, start, next_indent) {
  start = at
  at++
  rest = uncommented(rest)
  first = substr(rest, 1, 1)
  if (rest == "") {
    next_indent = at <= count ? indentof(lines[at]) : -1
    if (at <= count && next_indent >= indent && substr(lines[at], next_indent + 1) ~ /^-([ \t]|$)/) blocklist(path, next_indent)
    else if (next_indent > indent) { tell(path, "map", ""); blockmap(path, next_indent) }
    else tell(path, "null", "")
    return
  }
  if (first == "{" || first == "[") {
    while (!balanced(rest) && at <= count && (indentof(lines[at]) > indent || lines[at] ~ /^[ ]*[]}]/)) {
      rest = rest " " uncommented(lines[at])
      at++
    }
    flowtext = rest
    flowat = 1
    if (!flow(path) || trimmed(substr(flowtext, flowat)) != "") odd("line " numbers[start])
    return
  }
  if (first == "|" || first == ">") {
    while (at <= count && indentof(lines[at]) > indent) at++
    tell(path, "opaque", "")
    return
  }
  # What goes on in the next line, or refers to something elsewhere, isn't read.
  if (at <= count && indentof(lines[at]) > indent) { odd("line " numbers[at]); at = count + 1; return }
  if (!scalar(path, rest)) odd("line " numbers[start])
}

# Items at this indent. Of maps and lists in it nothing is told.
function blocklist(path, indent,   n, text) {
  tell(path, "list", "")
  n = 0
  while (at <= count && indentof(lines[at]) == indent && substr(lines[at], indent + 1) ~ /^-([ \t]|$)/) {
    text = uncommented(trimmed(substr(lines[at], indent + 2)))
    at++
    if (at <= count && indentof(lines[at]) > indent) {
      while (at <= count && indentof(lines[at]) > indent) at++
      tell(path "." n, "opaque", "")
    } else if (text ~ /^[{[]/ || splitkey(text)) tell(path "." n, "opaque", "")
    else if (text == "" || !scalar(path "." n, text)) odd("line " numbers[at - 1])
    n++
  }
}

function trimmed(text) { sub(/^[ \t]+/, "", text); sub(/[ \t]+$/, "", text); return text }

# Without the comment at its end; a # in quotes or inside a word is none.
function uncommented(text,   i, c, q, before) {
  q = ""
  before = " "
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (q == "\"" && c == "\\") { i++; before = "x"; continue }
    if (q != "") { if (c == q) q = "" }
    else if ((c == "\"" || c == SQ) && before ~ /[ \t{[,:]/) q = c
    else if (c == "#" && before ~ /[ \t]/) return trimmed(substr(text, 1, i - 1))
    before = c
  }
  return trimmed(text)
}

# Whether every bracket outside quotes is closed.
function balanced(text,   i, c, q, depth, before) {
  q = ""
  before = " "
  depth = 0
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (q == "\"" && c == "\\") { i++; continue }
    if (q != "") { if (c == q) q = "" }
    else if ((c == "\"" || c == SQ) && before ~ /[ \t{[,:]/) q = c
    else if (c ~ /[{[]/) depth++
    else if (c ~ /[]}]/) depth--
    before = c
  }
  return depth <= 0 && q == ""
}

# A scalar of a block. 0 where it isn't understood.
function scalar(path, text,   first, inner) {
  first = substr(text, 1, 1)
  if (first == "\"") {
    if (path == wanted && text ~ /^"([^"\\]|\\["\\\/])*"$/) {
      tell(path, "quoted", unescaped(substr(text, 2, length(text) - 2)))
      return 1
    }
    if (text !~ /^"[^"\\]*"$/) { if (shown(path) || text !~ /"$/) return 0; tell(path, "opaque", ""); return 1 }
    tell(path, "quoted", substr(text, 2, length(text) - 2))
    return 1
  }
  if (first == SQ) {
    inner = substr(text, 2, length(text) - 2)
    if (length(text) < 2 || substr(text, length(text)) != SQ) return 0
    gsub(SQ SQ, "\001", inner)
    if (index(inner, SQ)) return 0
    gsub("\001", SQ, inner)
    tell(path, "quoted", inner)
    return 1
  }
  if (text ~ /^[]&*!|>%@,?{}[]/ || substr(text, 1, 1) == BQ || text ~ /:([ \t]|$)/ || text ~ /^-([ \t]|$)/) return 0
  plain(path, text)
  return 1
}

# Without the backslashes in front of quotes, slashes and backslashes.
function unescaped(text,   i, c, all) {
  all = ""
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\") c = substr(text, ++i, 1)
    all = all c
  }
  return all
}

function plain(path, text) {
  if (text ~ /^(~|null|Null|NULL)?$/) tell(path, "null", "")
  else tell(path, "plain", text)
}

# A value of flow style in flowtext from flowat on. 0 where it isn't understood.
function flow(path,   c, key, n, end) {
  skipblank()
  c = substr(flowtext, flowat, 1)
  if (c == "{") {
    flowat++
    tell(path, "map", "")
    for (;;) {
      skipblank()
      c = substr(flowtext, flowat, 1)
      if (c == "}") { flowat++; return 1 }
      if (!flowkey()) return 0
      key = below(path, gotkey)
      if (gotkey == "<<" || key in known) return 0
      known[key] = 1
      skipblank()
      c = substr(flowtext, flowat, 1)
      if (c == "," || c == "}") tell(key, "null", "")
      else if (!flow(key)) return 0
      skipblank()
      c = substr(flowtext, flowat, 1)
      if (c == ",") flowat++
      else if (c != "}") return 0
    }
  }
  if (c == "[") {
    flowat++
    tell(path, "list", "")
    for (n = 0; ; n++) {
      skipblank()
      if (substr(flowtext, flowat, 1) == "]") { flowat++; return 1 }
      if (!flow(path "." n)) return 0
      skipblank()
      c = substr(flowtext, flowat, 1)
      if (c == ",") flowat++
      else if (c != "]") return 0
    }
  }
  if (c == "\"" || c == SQ) {
    end = flowquote(c)
    if (!end) return 0
    key = substr(flowtext, flowat, end - flowat + 1)
    flowat = end + 1
    return scalar(path, key)
  }
  n = flowat
  while (n <= length(flowtext)) {
    c = substr(flowtext, n, 1)
    if (c ~ /[],{}[]/ || (c == ":" && substr(flowtext, n + 1, 1) ~ /^[] \t,{}[]?$/)) break
    n++
  }
  key = trimmed(substr(flowtext, flowat, n - flowat))
  if (key == "" || c ~ /[{:[]/ && n <= length(flowtext)) return 0
  flowat = n
  return scalar(path, key)
}

# The key in front of a colon, into gotkey.
function flowkey(   c, end) {
  c = substr(flowtext, flowat, 1)
  if (c == "\"" || c == SQ) {
    end = flowquote(c)
    if (!end) return 0
    gotkey = substr(flowtext, flowat + 1, end - flowat - 1)
    if (index(gotkey, "\\") || index(gotkey, SQ)) return 0
    flowat = end + 1
    skipblank()
    if (substr(flowtext, flowat, 1) != ":") return 0
    flowat++
    return 1
  }
  if (!match(substr(flowtext, flowat), /^[A-Za-z0-9_.<\/-]+[ \t]*:/)) return 0
  gotkey = substr(flowtext, flowat, RLENGTH - 1)
  sub(/[ \t]+$/, "", gotkey)
  flowat += RLENGTH
  return substr(flowtext, flowat, 1) ~ /^[ \t,}]?$/
}

# Where the quote that opens at flowat is closed; 0 where it isn't.
function flowquote(q,   i, c) {
  for (i = flowat + 1; i <= length(flowtext); i++) {
    c = substr(flowtext, i, 1)
    if (q == "\"" && c == "\\") i++
    else if (c == q) {
      if (q == SQ && substr(flowtext, i + 1, 1) == SQ) i++
      else return i
    }
  }
  return 0
}

function skipblank() { while (substr(flowtext, flowat, 1) ~ /^[ \t]$/) flowat++ }

function flowdoc(   i) {
  flowtext = ""
  for (i = 1; i <= count; i++) flowtext = flowtext " " uncommented(lines[i])
  flowat = 1
  if (!flow("") || trimmed(substr(flowtext, flowat)) != "") odd("line " numbers[1])
}

# NAME=VALUE: the value is a document of its own, which takes the place of what the name says.
function variable(text,   name, value, path, had) {
  name = text
  sub(/=.*/, "", name)
  value = substr(text, length(name) + 2)
  if (name == "REGISTRY_CONFIGURATION_PATH") { print "e configuration.path"; print "s configuration.path " value; return }
  if (name !~ /^REGISTRY_(STORAGE|REDIS|PROXY)(_[A-Z0-9_]+)?$/) return
  path = tolower(substr(name, 10))
  gsub(/_/, ".", path)
  out = out "e " path "\n"
  for (had in known) delete known[had]
  value = uncommented(value)
  if (value ~ /^[{[]/) {
    flowtext = value
    flowat = 1
    if (!flow(path) || trimmed(substr(flowtext, flowat)) != "") odd(name)
  } else if (value == "") tell(path, "null", "")
  else if (splitkey(value)) { had = below(path, gotkey); value = gotrest; tell(path, "map", ""); if (!scalar(had, value)) odd(name) }
  else if (!scalar(path, value)) odd(name)
}

# Whose value may be seen by anybody.
function shown(path) {
  return path ~ /^(storage|storage\.filesystem\.rootdirectory|storage\.maintenance\.readonly\.enabled|storage\.cache\.(blobdescriptor|layerinfo)|storage\.delete\.enabled|redis\.addr|redis\.addrs|redis\.addrs\.[0-9]+|redis\.db|redis\.tls\.enabled)$/
}

# Whose presence may be seen.
function present(path) {
  return path ~ /^storage\.[A-Za-z0-9_-]+$/ || path ~ /^(storage|storage\.maintenance\.readonly|redis|redis\.(password|username|mastername)|redis\.tls(\.[a-z0-9]+)?|proxy\.remoteurl)$/
}

# An address may hold an account before an @, which is nobody's business; so may what has blanks in it.
function tell(path, kind, value) {
  if (wanted != "") {
    if (path == wanted) { if (kind == "opaque") odd(path); secret = value }
    return
  }
  if (path !~ /^(storage|redis|proxy)(\.|$)/) return
  if (kind == "plain" || kind == "quoted") {
    if (shown(path)) {
      if (value ~ /[\001-\037\177]/ || (path ~ /^redis/ && value ~ /[@ ]/) || (path == "storage" && value !~ /^[a-z0-9-]+$/)) odd(path)
      else out = out "s " path " " value "\n"
    } else if (present(path) && value != "") out = out "k " path "\n"
  } else if (kind == "null") { if (path ~ /^storage\.[A-Za-z0-9_-]+$/) out = out "k " path "\n" }
  else if (kind == "opaque" && shown(path)) odd(path)
  else if (present(path)) out = out "k " path "\n"
}

function finish() {
  if (wanted != "") { if (oddities == "") printf "%s", secret; exit oddities != "" }
  printf "%s%s", out, oddities
}
`;
