'use strict';
// Names, values, help texts and files of a capture that are HTML, script or
// worse are text on every page, with and without the pointer and completion.
module.exports = async (bench, {equal, holds}) => {
  const hostile = bench.config.hostile;

  // alien are elements that no page of ours has.
  const alien = (page) => page.evaluate(() => [...document.querySelectorAll(
    'img, iframe, base, object, embed, math, body script, style, details[ontoggle], [onload], [onerror], [onfocus], a[href^="javascript:"], meta[http-equiv], form:not(#explore)',
  )].map((e) => e.outerHTML.slice(0, 200)));

  await bench.check('50 hostile names, values and help texts are text', async () => {
    const page = await bench.open(hostile + '/explore?expr=' + encodeURIComponent('{__name__=~".+", job="app"}'));
    equal(await alien(page), [], 'the graph');
    await page.locator('.cursor').hover();
    await page.locator('.told div').first().waitFor();
    equal(await alien(page), [], 'the values under the pointer');
    await bench.shot(page, 'hostile-graph');
    // list types a text and waits for its completions.
    const list = async (text) => {
      await page.locator('#expr').press('Escape'); // what was listed before
      await page.locator('#expr').fill(text);
      await page.getByRole('option').first().waitFor();
      equal(await alien(page), [], 'completion of ' + text);
      return page.getByRole('option').allTextContents();
    };
    await list('alert');
    await list('up{j');
    const all = await list('{"');
    holds(all.some((t) => t.startsWith('<!--<img')), 'shown as text: ' + all.join('\n').slice(0, 500));
    await bench.shot(page, 'hostile-completion');
    holds((await list('{"reversed')).every((t) => t.includes('a\\u{202e}reversed')), 'what turns a line round is escaped');
    holds((await list('{"\\"><img')).some((t) => t.includes('gauge: "><img src=x')), 'with its help text');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('}');
    equal(await page.locator('#expr').inputValue(), '{"\\"><img src=x onerror=alert(1)>"}', 'it is quoted');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('expr').startsWith('{"\\"><img'));
    equal(await page.locator('path[data-line]').count(), 1, 'and found');
    equal(await alien(page), [], 'its graph');
    await page.done();
  });

  await bench.check('hostile expressions and fields', async () => {
    const bad = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
    for (const tab of ['graph', 'table', bad]) {
      const fields = Object.fromEntries(['expr', 'from', 'to', 'step'].map((name) => [name, bad]));
      const page = await bench.open(`${hostile}/explore?${new URLSearchParams({...fields, tab})}`);
      holds((await page.locator('#wrong').textContent()).includes(bad), 'told as text');
      equal(await alien(page), [], tab);
      await page.goto(`${hostile}/explore?${new URLSearchParams({expr: bad, tab})}`);
      holds(await page.locator('#wrong').count() === 1, 'an error of the expression');
      equal(await alien(page), [], tab);
      await page.done();
    }
  });

  for (const path of bench.views) {
    await bench.check('hostile capture: ' + path, async () => {
      const page = await bench.open(hostile + path);
      equal(await alien(page), [], path);
      await bench.shot(page, 'hostile' + path.replaceAll('/', '-'));
      await page.done();
    });
  }
};
