'use strict';
// What the script of /explore does: completion, zoom, the values at the cursor,
// redrawing; and that all else works without it.

const explore = (expr, more = '') => '/explore?expr=' + encodeURIComponent(expr) + more;
const rate = 'sum by (instance) (rate(rest_client_requests_total[1m]))';

// utc are the milliseconds of such a time.
const utc = (text) => Date.parse(text.replace(' ', 'T') + 'Z');

module.exports = async (bench, {equal, holds}) => {
  const incident = bench.config.incident;

  await bench.check('completion by keyboard', async () => {
    const page = await bench.open(incident + '/explore');
    const input = page.getByRole('combobox', {name: 'PromQL expression'});
    const options = page.getByRole('option');
    await input.focus();
    await page.keyboard.type('sum(rate(rest_client_req');
    await options.first().waitFor();
    equal(await input.getAttribute('aria-expanded'), 'true', 'expanded');
    holds((await options.allTextContents()).some((t) => t.startsWith('rest_client_requests_total') && t.includes('counter')), 'a metric with its type: ' + await options.allTextContents());
    await page.keyboard.press('ArrowDown');
    const chosen = page.locator('[role=option][aria-selected=true]');
    while (!(await chosen.textContent()).startsWith('rest_client_requests_total')) await page.keyboard.press('ArrowDown');
    equal(await input.getAttribute('aria-activedescendant'), await chosen.getAttribute('id'), 'the active one');
    await bench.axe(page);
    await bench.shot(page, 'completion-names');
    await page.keyboard.press('Enter');
    equal(await input.inputValue(), 'sum(rate(rest_client_requests_total', 'taken');
    await page.keyboard.type('{co');
    await options.first().waitFor();
    equal(await options.allTextContents(), ['code'], 'labels of the metric');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.type('="');
    await options.first().waitFor();
    equal(await options.allTextContents(), ['200', '201', '<error>'], 'values of the label');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    equal(await input.inputValue(), 'sum(rate(rest_client_requests_total{code="<error>"', 'the last one');
    await page.keyboard.type(', instance=~"node-d');
    await options.first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    equal(await input.inputValue(), 'sum(rate(rest_client_requests_total{code="<error>", instance=~"node-d-v1\\\\.20"', 'a dot of a regular expression');
    await page.keyboard.type('}[1m])) by (inst');
    await options.first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type(')');
    await page.keyboard.press('Enter');
    await page.locator('#result svg.plot').waitFor();
    equal(new URL(page.url()).searchParams.get('expr'), 'sum(rate(rest_client_requests_total{code="<error>", instance=~"node-d-v1\\\\.20"}[1m])) by (instance)', 'the address');
    holds(await page.locator('#result path[data-line]').count() === 1, 'one line');
    await page.done();
  });

  await bench.check('completion by pointer, of functions, closed by Escape', async () => {
    const page = await bench.open(incident + '/explore');
    const input = page.locator('#expr');
    await input.pressSequentially('histogram_qua');
    await page.getByRole('option').first().click();
    equal(await input.inputValue(), 'histogram_quantile(', 'a function');
    await input.pressSequentially('0.9, kubeproxy_');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Escape');
    equal(await page.getByRole('option').count(), 0, 'closed');
    equal(await input.getAttribute('aria-expanded'), 'false', 'collapsed');
    await page.done();
  });

  await bench.check('zoom by dragging, and back', async () => {
    const page = await bench.open(incident + explore(rate));
    await page.evaluate(() => { window.same = true; });
    const before = page.url(), times = await fields(page);
    const box = await page.locator('.cursor').boundingBox();
    await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, {steps: 4});
    await bench.shot(page, 'zoom-dragging');
    await page.mouse.up();
    await page.waitForURL((url) => url.searchParams.has('from'));
    await page.locator('#result:not([aria-busy])').waitFor();
    const inside = await fields(page);
    const span = (t) => utc(t[1]) - utc(t[0]);
    holds(Math.abs(span(inside) / span(times) - 0.25) < 0.02, `a quarter of ${times}: ${inside}`);
    equal(await page.locator('[data-expr]').getAttribute('data-start'), String(utc(inside[0])), 'the graph');
    await page.goBack();
    await page.waitForURL(before);
    await page.waitForFunction((want) => document.getElementById('from').value === want, times[0]);
    await page.getByRole('link', {name: 'Zoom out'}).click();
    await page.waitForURL((url) => url.searchParams.has('from'));
    await page.waitForFunction((was) => document.getElementById('from').value < was, times[0]);
    holds(await page.evaluate(() => window.same), 'the page was not loaded anew');
    await page.done();
  });

  await bench.check('the value under the pointer, and by arrow keys', async () => {
    const page = await bench.open(incident + explore('up'));
    const box = await page.locator('.cursor').boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 1);
    const told = page.locator('.told');
    await told.locator('div').first().waitFor();
    const at = await page.locator('[data-expr]').evaluate((e) => Number(e.dataset.start) + (Number(e.dataset.end) - Number(e.dataset.start)) / 2);
    const step = 5000, lines = (await told.innerText()).split('\n');
    holds(Math.abs(utc(lines[0]) - at) <= step, `the time in the middle: ${lines[0]}`);
    const time = utc(lines[0]) / 1000;
    const answer = await (await fetch(`${incident}/api/v1/query?query=up&time=${time}`)).json();
    equal(lines.slice(1).sort(), answer.data.result.map((s) => `${s.value[1]} up{instance="${s.metric.instance}", job="${s.metric.job}"}`).sort(), 'as the API says');
    await bench.shot(page, 'pointer');
    await page.mouse.move(5, 5);
    await told.waitFor({state: 'hidden'});

    const slider = page.getByRole('slider', {name: 'Time'});
    await slider.focus();
    await page.keyboard.press('Home');
    equal(await slider.getAttribute('aria-valuenow'), '0', 'the first step');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => /up\{instance=/.test(document.querySelector('.cursor').getAttribute('aria-valuetext')));
    equal(await slider.getAttribute('aria-valuenow'), '1', 'the next one');
    await bench.axe(page);
    for (let i = 0; i < 3; i++) await page.keyboard.press('PageUp');
    await page.keyboard.press('Shift+PageUp');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.has('from'));
    await page.waitForFunction(() => document.activeElement.getAttribute('role') === 'slider', undefined, {timeout: 5000});
    const narrow = await fields(page);
    await page.keyboard.press('-');
    await page.waitForFunction((was) => document.getElementById('from').value < was, narrow[0]);
    await page.done();
  });

  await bench.check('without script', async () => {
    const page = await bench.open(incident + '/explore', {javaScriptEnabled: false});
    await page.getByLabel('PromQL expression').fill('sum(up');
    await page.keyboard.press('Enter');
    await page.locator('#wrong').waitFor();
    holds((await page.locator('pre.place').textContent()).endsWith('^'), 'the place of the error');
    await page.getByLabel('PromQL expression').fill('sum(up)');
    await page.getByLabel('Table').check();
    await page.getByRole('button', {name: 'Evaluate'}).click();
    equal(await page.locator('#result tbody td').allTextContents(), ['3'], 'the table');
    await page.getByLabel('Graph').check();
    await page.getByRole('button', {name: 'Evaluate'}).click();
    holds(await page.locator('svg.plot path[data-line]').count() === 1, 'the graph');
    await page.getByRole('link', {name: 'Zoom in'}).click();
    holds(page.url().includes('from='), 'a link');
    await page.goBack();
    await page.goBack();
    equal(await page.locator('#result tbody td').allTextContents(), ['3'], 'back');
    await page.done();
  });

  await bench.check('an error is shown in the place, and mended', async () => {
    const page = await bench.open(incident + explore('up'));
    await page.locator('#expr').fill('up +');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    equal(await page.locator('#expr').getAttribute('aria-invalid'), 'true', 'the field says so');
    await page.locator('#expr').fill('up + 1');
    await page.keyboard.press('Enter');
    await page.locator('#result svg.plot').waitFor();
    equal(await page.locator('#expr').getAttribute('aria-invalid'), null, 'no more');
    await page.done();
  });

  await bench.check('times that are moved', async () => {
    const page = await bench.open(bench.config.still + explore('time() - timestamp(up)'));
    holds((await page.locator('footer').textContent()).includes('Times are moved by'), 'said on the page');
    const end = utc((await fields(page))[1]);
    holds(Math.abs(end - Date.now()) < 60_000, 'the end is the present');
    const slider = page.getByRole('slider');
    await slider.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('PageUp');
    await page.waitForFunction(() => / \d/.test(document.querySelector('.cursor').getAttribute('aria-valuetext').split(': ')[1] ?? ''));
    await page.done();
  });

  await bench.check('time to the first paint, and to redraw', async () => {
    const paint = [], own = [], redraw = [];
    const painted = async (list, url) => {
      const page = await bench.open(url);
      await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
      list.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
      await page.done();
    };
    for (let i = 0; i < 5; i++) {
      await painted(own, incident + '/-/healthy'); // one line of text: what the browser takes itself
      await painted(paint, incident + explore(rate));
    }
    const page = await bench.open(bench.config.large + explore('rate(requests_total{code="200"}[1m])'));
    equal(await page.locator('path[data-line]').count(), 50, 'lines');
    for (let i = 0; i < 5; i++) {
      await page.evaluate(() => performance.clearMeasures());
      await page.locator('#expr').fill(`rate(requests_total{code="${i % 2 ? 200 : 500}"}[1m])`);
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => performance.getEntriesByName('redrawn').length > 0);
      redraw.push(await page.evaluate(() => performance.getEntriesByName('redrawn')[0].duration));
    }
    const points = await page.locator('path[data-line="0"]').first().getAttribute('d');
    holds(points.split('L').length > 200, 'all points are drawn');
    await page.done();
    const least = (list) => Math.min(...list).toFixed(0), all = (list) => list.map((x) => x.toFixed(0)).join(' ');
    return `first paint ${least(paint)} ms of ${all(paint)}, of one line of text ${least(own)} of ${all(own)}, redraw of 50 lines of 240 points ${least(redraw)} ms of ${all(redraw)}`;
  });
};

// fields are the times that the form shows.
async function fields(page) {
  return [await page.locator('#from').inputValue(), await page.locator('#to').inputValue()];
}
