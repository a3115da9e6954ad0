'use strict';
// Opens the pages of signals/serve in Chromium. What to open stands in standard
// input, as TestBrowser writes it; each check gives a line of JSON.
const fs = require('node:fs');
const path = require('node:path');

const config = JSON.parse(fs.readFileSync(0, 'utf8'));
const only = (process.env.SCRAPEBOOK_ONLY ?? '').split(',').filter(Boolean); // parts, when one is written
const {chromium} = require(path.join(config.modules, 'playwright-core'));
const axe = path.join(config.modules, 'axe-core', 'axe.min.js');

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

// A Bench opens pages and tells what came of checks.
class Bench {
  constructor(browser) {
    this.browser = browser;
    this.config = config;
    this.views = ['/', '/alerts', '/signals', '/problems', '/api'];
  }

  // check runs one check; f may return a note.
  async check(name, f) {
    const begun = Date.now();
    const line = {check: name, error: '', note: ''};
    try {
      line.note = await f() ?? '';
    } catch (error) {
      line.error = String(error?.stack ?? error).slice(0, 4000);
    }
    line.note = `${line.note} (${Date.now() - begun} ms)`.trim();
    process.stdout.write(JSON.stringify(line) + '\n');
  }

  // open opens a page of which errors, dialogs, and requests to elsewhere are
  // failures that done tells.
  async open(address, options = {}) {
    const context = await this.browser.newContext({viewport: {width: 1600, height: 1000}, ...options});
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.faults = [];
    page.on('dialog', (dialog) => { page.faults.push('dialog: ' + dialog.message()); dialog.dismiss(); });
    page.on('pageerror', (error) => page.faults.push('error: ' + error));
    page.on('console', (message) => { if (message.type() === 'error') page.faults.push('console: ' + message.text()); });
    page.on('request', (request) => {
      if (!/^(http:\/\/127\.0\.0\.1:|file:|data:|about:)/.test(request.url())) page.faults.push('request: ' + request.url());
    });
    page.done = async () => {
      await context.close();
      if (page.faults.length) throw new Error(page.faults.join('\n'));
    };
    await page.goto(address, {waitUntil: 'load'});
    return page;
  }

  async shot(page, name) {
    if (config.shots) await page.screenshot({path: path.join(config.shots, name + '.png'), fullPage: true});
  }

  // axe are the violations that axe-core finds. Its own code runs beside the
  // page's policy, not under it.
  async axe(page) {
    await page.evaluate(fs.readFileSync(axe, 'utf8'));
    const found = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
    if (found.violations.length) {
      throw new Error(found.violations.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join(' | ')}`).join('\n'));
    }
  }
}

// equal and holds are what checks are made of.
const equal = (got, want, why = '') => {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${why}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
};
const holds = (yes, why) => { if (!yes) throw new Error(why); };

(async () => {
  const browser = await chromium.launch({executablePath: config.chromium, args: flags});
  const bench = new Bench(browser);
  try {
    for (const name of ['views', 'explore', 'hostile', 'report']) {
      if (only.length && !only.includes(name)) continue;
      await require('./' + name + '.cjs')(bench, {equal, holds});
    }
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error); process.exit(1); });
