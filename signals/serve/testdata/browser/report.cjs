'use strict';
// A report that is one file, opened from disk with the network off, narrow, wide
// and as a PDF: nothing sticks out, no texts lie upon each other, and axe-core
// finds nothing.
const fs = require('node:fs');
const path = require('node:path');
const {outside, upon} = require('./layout.cjs');

module.exports = async (bench, {equal, holds}) => {
  for (const [name, file] of Object.entries(bench.config.reports ?? {})) {
    await bench.check('report of ' + name, async () => {
      const page = await bench.open('file://' + file, {offline: true});
      holds(fs.statSync(file).size < 1 << 20, 'below 1 MB');
      equal(await page.evaluate(() => document.scripts.length), 0, 'scripts');
      for (const look of [
        {viewport: {width: 1600, height: 1000}, colorScheme: 'light'}, {viewport: {width: 360, height: 740}, colorScheme: 'dark'},
      ]) {
        await page.setViewportSize(look.viewport);
        await page.emulateMedia({colorScheme: look.colorScheme});
        await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
        await bench.shot(page, `report-${name}-${look.viewport.width}`);
        equal(await outside(page), [], look.viewport.width + ': what sticks out');
        equal(await upon(page), [], look.viewport.width + ': what lies upon each other');
        await bench.axe(page);
      }
      await page.emulateMedia({media: 'print', colorScheme: 'light'});
      await page.setViewportSize({width: 700, height: 1000}); // about A4
      equal(await outside(page), [], 'print: what sticks out');
      equal(await upon(page), [], 'print: what lies upon each other');
      const pdf = await page.pdf({format: 'A4', margin: {top: '1cm', bottom: '1cm', left: '1cm', right: '1cm'}});
      holds(pdf.subarray(0, 5).toString() === '%PDF-' && pdf.length > 10_000, 'a PDF');
      if (bench.config.shots) fs.writeFileSync(path.join(bench.config.shots, `report-${name}.pdf`), pdf);
      await page.done();
    });
  }
};
