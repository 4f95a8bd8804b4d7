// Runs in the page that page.ts writes: `bodies` and `theme` are there. Plain JavaScript, for no one compiles it.

// What github.com lets through (html-pipeline's SanitizationFilter, which it publishes), as far as Markdown can ask for it.
const elements = new Set(
  'h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p picture ol ul table thead tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption figure figcaption abbr bdo cite dfn mark small span time wbr input'.split(
    ' ',
  ),
);
const attributes = new Set(
  'abbr align alt axis border cellpadding cellspacing char charoff charset checked clear cols colspan color compact coords datetime dir disabled height hreflang hspace id ismap itemprop label lang maxlength media multiple name nohref noshade nowrap open progress prompt readonly rel rev role rows rowspan rules scope selected shape size span start summary tabindex title type usemap valign value width href src'.split(
    ' ',
  ),
);

function sanitize(root, removed) {
  for (const element of [...root.querySelectorAll('*')]) {
    const name = element.localName;
    if (!elements.has(name)) {
      removed.push(`<${name}>`);
      element.replaceWith(...(['script', 'style'].includes(name) ? [] : element.childNodes));
      continue;
    }
    for (const { name: attribute } of [...element.attributes])
      if (!attributes.has(attribute)) {
        removed.push(`${name} ${attribute}`);
        element.removeAttribute(attribute);
      }
  }
}

async function draw(article, place, refused) {
  for (const [index, pre] of [...article.querySelectorAll('pre[lang=mermaid]')].entries()) {
    try {
      const { svg } = await mermaid.render(`picture-${place}-${index}`, pre.textContent);
      const frame = document.createElement('div');
      frame.className = 'picture';
      frame.innerHTML = svg;
      pre.replaceWith(frame);
    } catch (error) {
      refused.push(String(error));
    }
  }
}

/** Tables and blocks of text that GitHub's stylesheet lets scroll by themselves, as far as they have to. */
function scrolling(article) {
  return [...article.querySelectorAll('table, pre')]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.localName} is ${box.scrollWidth} wide of ${box.clientWidth}`);
}

/** What is in a box that scrolls by itself sticks out of nothing. */
function overflowing(article) {
  const found = [];
  const { right, left } = article.getBoundingClientRect();
  for (const element of article.querySelectorAll('*')) {
    if (element.parentElement.closest('table, pre, svg') !== null) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > right + 1 || box.left < left - 1))
      found.push(`${element.localName} ends at ${box.right} of ${right}`);
  }
  for (const svg of article.querySelectorAll('svg')) {
    const whole = svg.getBoundingClientRect();
    if (whole.width < 1 || whole.height < 1) found.push('a picture has no size');
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      if (box.width > 0 && (box.right > whole.right + 1 || box.left < whole.left - 1 || box.bottom > whole.bottom + 1))
        found.push(`"${text.textContent}" sticks out of its picture`);
    }
  }
  return found;
}

globalThis.rendered = (async () => {
  mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme });
  const all = [];
  for (const [place, html] of bodies.entries()) {
    const parsed = new DOMParser().parseFromString(html, 'text/html').body;
    const removed = [];
    sanitize(parsed, removed);
    const article = document.createElement('article');
    article.className = 'markdown-body';
    article.append(...parsed.childNodes);
    document.body.append(article);
    const refused = [];
    await draw(article, place, refused);
    all.push({ article, removed, refused });
  }
  const heights = all.map(({ article }) => Math.ceil(article.getBoundingClientRect().height));
  const answer = all.map(({ article, removed, refused }, place) => {
    const folds = [...article.querySelectorAll('details')];
    for (const fold of folds) fold.open = true;
    const found = {
      overflowing: overflowing(article),
      scrolling: scrolling(article),
      refused: [...refused, ...[...article.querySelectorAll('pre[lang=mermaid]')].map(() => 'a block is not drawn')],
      pictures: article.querySelectorAll('.picture > svg:not([aria-roledescription=error])').length,
      folds: folds.length,
      removed,
      links: article.querySelectorAll('a, img').length,
      text: article.innerText,
      height: heights[place],
    };
    for (const fold of folds) fold.open = false;
    return found;
  });
  return answer;
})();
