'use strict';
// What is wrong with how a page is laid out.

// outside are elements that make a page scroll sideways, and texts that are cut
// where nothing scrolls.
exports.outside = (page) => page.evaluate(() => {
  const width = document.documentElement.clientWidth;
  const all = [...document.querySelectorAll('body *')].filter((e) => e.getClientRects().length > 0 && !e.closest('.skip, .unseen, .hidden, svg svg'));
  const unseen = (e) => getComputedStyle(e).clipPath !== 'none' || e.parentElement?.closest('thead, .unseen') && getComputedStyle(e.closest('thead') ?? e).clipPath !== 'none';
  const wide = document.documentElement.scrollWidth <= width ? [] : all.filter((e) => e.getBoundingClientRect().right > width + 1);
  const cut = all.filter((e) => e instanceof HTMLElement && !unseen(e) && e.tagName !== 'INPUT' && ['hidden', 'clip'].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1);
  return [...wide, ...cut].slice(0, 5).map((e) => e.outerHTML.slice(0, 200));
});

// upon are pairs of texts that lie upon each other.
exports.upon = (page) => page.evaluate(() => {
  const boxes = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest('.skip, .unseen, .hidden, title, script, style')) continue;
    if (!parent.checkVisibility()) continue; // of details that are closed
    let clipped = false;
    for (let e = parent; e; e = e.parentElement) clipped ||= getComputedStyle(e).clipPath !== 'none';
    if (clipped) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      // Lines of a paragraph may touch: what is above and below the letters counts little.
      if (r.width > 2 && r.height > 4) boxes.push({text: node.data.trim().slice(0, 60), left: r.left + 1, right: r.right - 1, top: r.top + r.height * 0.25, bottom: r.bottom - r.height * 0.25});
    }
  }
  boxes.sort((a, b) => a.top - b.top);
  const found = [];
  for (let i = 0; i < boxes.length && found.length < 5; i++) {
    for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom; j++) {
      if (boxes[j].left < boxes[i].right && boxes[i].left < boxes[j].right) found.push(`${boxes[i].text} | ${boxes[j].text}`);
    }
  }
  return found.slice(0, 5);
});
