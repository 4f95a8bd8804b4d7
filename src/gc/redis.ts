/**
 * A cache of blob descriptors in Redis, which outlives a restart: a registry that finds a collected layer in it takes no
 * new push of it, and serves nothing. So it is flushed while the registry is stopped, or nothing is collected. Only what
 * distribution keeps there goes (`blobs::*`, `repository::*`, registry/storage/cache/redis): the database may be shared.
 *
 * The scripts run where the registry's own environment and network are, and the password stays there: it goes from the
 * configuration or the variable to Redis by pipes alone.
 */
import { quote, type FoundService } from '../machine/index.ts';
import { settingsReduction } from '../machine/settings-reduction.ts';

export type Flush =
  | { readonly kind: 'none' }
  /** `prove` asks harmlessly whether `flush` may be done. Scripts for the service's `svc_inside` and `svc_offline_inside`. */
  | { readonly kind: 'flush'; readonly prove: string; readonly flush: string }
  | { readonly kind: 'refused'; readonly why: { readonly what: string; readonly wayOut: string } };

/** What can be done about the cache of this service. */
export function planFlush({ cache, configPath }: Pick<FoundService, 'cache' | 'configPath'>): Flush {
  if (cache.kind !== 'redis') return { kind: 'none' };
  const [address, ...others] = cache.addresses;
  if (cache.tls) return refusedFor('is reached by TLS, which the shell of a host has nothing for');
  if (cache.sentinel) return refusedFor('stands behind sentinels, and which of its servers counts is not known');
  if (address === undefined || others.length > 0) return refusedFor('is a cluster, of which every server has a part');
  const place = parseAddress(address);
  if (place === undefined) return refusedFor(`has an address that is none: ${address}`);
  const settings = [
    `rp_host=${quote(place.host)} rp_port=${place.port} rp_db=${cache.database}`,
    `rp_config=${quote(configPath)}`,
    `rp_reduction=${quote(settingsReduction)}`,
    conversation,
    cache.password ? 'rp_password=$(rp_secret PASSWORD password) || exit 1' : 'rp_password=',
    cache.username ? 'rp_user=$(rp_secret USERNAME username) || exit 1' : 'rp_user=',
  ].join('\n');
  return {
    kind: 'flush',
    prove: `${settings}\nrp_eval ${quote(proof)} 0 >/dev/null\n`,
    flush: `${settings}\nrp_cursor=0\nwhile :; do\n  rp_cursor=$(rp_eval ${quote(removal)} "$rp_cursor") || exit 1\n  [ "$rp_cursor" != 0 ] || exit 0\ndone\n`,
  };
}

function refusedFor(what: string): Flush {
  return {
    kind: 'refused',
    why: {
      what: `the registry's descriptor cache in Redis ${what}, so it can't be flushed; what outlives a collection there would lose later pushes, so nothing was collected`,
      wayOut:
        "Set storage.cache.blobdescriptor: inmemory in the registry's configuration, or collect by hand and flush it.",
    },
  };
}

function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, host, port = '6379'] = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || host.startsWith('-') || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** Deletes keys that no registry has, under the names by which the rights to its own are given. */
const proof = `
redis.call('DEL', 'blobs::registry-prune', 'repository::registry-prune')
redis.call('SCAN', '0', 'COUNT', '1')
return 'registry-prune-0'`;

// Twenty pages a call: Redis answers nobody else while a script runs. Before Redis 5 what writes after a SCAN must say that
// its effects are what is replicated.
const removal = `
if redis.replicate_commands then pcall(redis.replicate_commands) end
local cursor, pages = ARGV[1], 0
repeat
  local page = redis.call('SCAN', cursor, 'COUNT', '500')
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    if string.sub(key, 1, 7) == 'blobs::' or string.sub(key, 1, 12) == 'repository::' then redis.call('DEL', key) end
  end
  pages = pages + 1
until cursor == '0' or pages == 20
return 'registry-prune-' .. cursor`;

/**
 * `rp_secret PASSWORD password` prints that setting of the registry. `rp_eval SCRIPT CURSOR` prints the cursor that the
 * script comes to; status 1, with the words of Redis, where it doesn't. redis-cli takes commands in its own writing,
 * netcat in that of the protocol; every word is hexadecimal in the one and counted in the other, so that none can end early.
 */
const conversation = String.raw`
LC_ALL=C
export LC_ALL
rp_secret() {
  eval "rp_is=\${REGISTRY_REDIS_$1+set} rp_value=\${REGISTRY_REDIS_$1-}"
  if [ -n "$rp_is" ]; then
    printf 'REGISTRY_REDIS_%s=%s\n' "$1" "$rp_value" | awk -v mode=environment -v "wanted=redis.$2" "$rp_reduction"
  else
    awk -v mode=file -v "wanted=redis.$2" "$rp_reduction" <"$rp_config"
  fi || { echo "the $2 of Redis can't be read from the registry's configuration" >&2; return 1; }
}
rp_counted() {
  printf '*%d\r\n' "$#"
  for rp_each do printf '$%d\r\n%s\r\n' "$(printf '%s' "$rp_each" | wc -c)" "$rp_each"; done
}
rp_hexadecimal() {
  for rp_each do printf '"%s" ' "$(printf '%s' "$rp_each" | od -An -v -tx1 | tr -d '\n' | sed 's/ *\([0-9a-f][0-9a-f]\)/\\x\1/g')"; done
  echo
}
rp_commands() {
  if [ -n "$rp_user" ]; then "$1" AUTH "$rp_user" "$rp_password"
  elif [ -n "$rp_password" ]; then "$1" AUTH "$rp_password"
  fi
  [ "$rp_db" = 0 ] || "$1" SELECT "$rp_db"
  "$1" EVAL "$2" 0 "$3"
  "$1" QUIT
}
rp_eval() {
  if command -v redis-cli >/dev/null 2>&1; then
    rp_answer=$(rp_commands rp_hexadecimal "$1" "$2" | redis-cli -h "$rp_host" -p "$rp_port" 2>&1)
  elif command -v nc >/dev/null 2>&1; then
    rp_answer=$(rp_commands rp_counted "$1" "$2" | nc -w 30 "$rp_host" "$rp_port" 2>&1)
  else
    echo 'neither redis-cli nor nc is there to speak with Redis' >&2
    return 1
  fi
  printf '%s\n' "$rp_answer" | tr -d '\r' | awk '
    /^registry-prune-[0-9]+$/ { sub(/.*-/, ""); print; found = 1; exit }
    /^-?[A-Z]+ / || /^Could not/ || /^nc: / { if (words == "") words = $0 }
    { last = $0 }
    END {
      if (found) exit 0
      print "Redis answers: " (words != "" ? words : last != "" ? last : "nothing") | "cat >&2"
      exit 1
    }'
}
`;
