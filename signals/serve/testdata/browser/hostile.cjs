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
    for (const text of ['<', 'alert', 'up{l0="', '{l1="', 'up{"', '{"']) {
      await page.locator('#expr').fill(text);
      await page.locator('#choices').waitFor({state: 'hidden'}).catch(() => {});
      await page.locator('#expr').press('Control+ ');
      await page.waitForTimeout(100);
      equal(await alien(page), [], 'completion of ' + text);
    }
    await page.locator('#expr').fill('{"');
    await page.getByRole('option').first().waitFor();
    const all = await page.getByRole('option').allTextContents();
    holds(all.some((t) => t.includes('<script>alert(1)</script>')), 'shown as text: ' + all.join('\n').slice(0, 500));
    holds(all.some((t) => t.includes('\\u{202e}')), 'what turns a line round is escaped');
    await bench.shot(page, 'hostile-completion');
    while (!(await page.locator('[aria-selected=true]').textContent().catch(() => '')).startsWith('"><img')) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('}');
    equal(await page.locator('#expr').inputValue(), '{"\\"><img src=x onerror=alert(1)>"}', 'it is quoted');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('expr').startsWith('{"\\"><img'));
    equal(await page.locator('path[data-line]').count(), 2, 'and found');
    equal(await alien(page), [], 'its graph');
    await page.done();
  });

  await bench.check('hostile expressions and fields', async () => {
    const bad = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
    for (const field of ['expr', 'from', 'to', 'step', 'tab']) {
      for (const tab of ['', '&tab=table']) {
        const page = await bench.open(`${hostile}/explore?${field}=${encodeURIComponent(bad)}${tab}`);
        equal(await alien(page), [], field);
        await page.done();
      }
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
