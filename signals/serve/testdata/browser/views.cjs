'use strict';
// Each view, in light and dark, narrow and wide: nothing sticks out, nothing
// overlaps, axe-core finds nothing, and links lead somewhere.

const {outside, upon} = require('./layout.cjs');

const looks = [
  {name: 'wide-light', viewport: {width: 1600, height: 1000}, colorScheme: 'light'},
  {name: 'narrow-dark', viewport: {width: 360, height: 740}, colorScheme: 'dark'},
];

module.exports = async (bench, {equal, holds}) => {
  const incident = bench.config.incident;
  const views = [
    ['capture', '/'], ['alerts', '/alerts'], ['rule', '/rules/kube-proxy/KubeProxyErrors'], ['signals', '/signals'], ['problems', '/problems'], ['api', '/api'], ['explore-start', '/explore'],
    ['explore-graph', '/explore?expr=' + encodeURIComponent('sum by (instance, code) (rate(rest_client_requests_total[1m]))')],
    ['explore-table', '/explore?tab=table&expr=' + encodeURIComponent('up')],
    ['explore-wrong', '/explore?expr=' + encodeURIComponent('sum by (job (up)')],
  ];
  for (const [name, address] of views) {
    await bench.check('view ' + name, async () => {
      const page = await bench.open(incident + address);
      holds(await page.locator('h1').count() === 1, 'one heading');
      for (const look of looks) {
        await page.setViewportSize(look.viewport);
        await page.emulateMedia({colorScheme: look.colorScheme});
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))); // it is told of its size
        await bench.shot(page, `${name}-${look.name}`);
        equal(await outside(page), [], look.name + ': what sticks out');
        equal(await upon(page), [], look.name + ': what lies upon each other');
        await bench.axe(page);
      }
      await page.done();
    });
  }

  await bench.check('from an alert to its rule, to explore, and back', async () => {
    const page = await bench.open(incident + '/');
    await page.getByRole('link', {name: 'Alerts', exact: true}).click();
    await page.locator('table.bars tr.head a').first().click();
    const name = await page.locator('h1').textContent();
    holds(page.url().includes('/rules/'), 'a rule');
    await page.getByRole('link', {name: /^Explore ALERTS/}).click();
    await page.waitForURL((url) => url.pathname === '/explore');
    holds(await page.locator('path[data-line]').count() >= 1, 'its alerts are drawn');
    await page.goBack();
    await page.getByRole('link', {name: /^Explore /}).first().click();
    await page.waitForURL((url) => url.pathname === '/explore');
    holds(await page.locator('#result svg.plot').count() === 1, 'its expression is drawn');
    await page.goBack();
    equal(await page.locator('h1').textContent(), name, 'back at the rule');
    await page.goBack();
    equal(await page.locator('h1').textContent(), 'Alerts', 'back at the alerts');
    await page.done();
  });
};
