'use strict';
// The script of /explore. Without it the page works as well, but for what stands
// here: what was typed is completed, a graph is zoomed by dragging and by keys,
// the values under the pointer are told, and a graph is redrawn without the page
// being loaded anew.
//
// All text is set as text, never as HTML, except for the page that the server
// itself makes: names and values of a capture may be anything.
(() => {
const form = document.getElementById('explore');
if (!form) return;
const input = form.elements.expr;
const api = '/api/v1/';

// element makes an element with attributes, text and children.
function element(name, attributes, ...content) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...content);
  return e;
}

// ask gets the data of an endpoint of the API; null when there is none.
async function ask(path, parameters, signal) {
  try {
    const answer = await fetch(api + path, {method: 'POST', body: new URLSearchParams(parameters), signal});
    const body = await answer.json();
    return body.status === 'success' ? body.data : null;
  } catch { return null; }
}
async function get(path, parameters) {
  try {
    const answer = await fetch(api + path + '?' + new URLSearchParams(parameters));
    const body = await answer.json();
    return body.status === 'success' ? body.data : null;
  } catch { return null; }
}

// ---- The page is redrawn in its place.

let loading; // the request that is under way

async function show(address, push) {
  loading?.abort();
  const mine = loading = new AbortController();
  performance.mark('asked');
  const result = document.getElementById('result');
  result.setAttribute('aria-busy', 'true');
  let page;
  try {
    const answer = await fetch(address, {signal: mine.signal});
    page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  } catch {
    if (loading === mine) location.assign(address);
    return;
  }
  const fresh = page.getElementById('result'), fields = page.getElementById('explore');
  if (loading !== mine) return;
  if (!fresh || !fields) { location.assign(address); return; }
  if (push) history.pushState(null, '', address);
  document.title = page.title;
  for (const one of fields.querySelectorAll('input')) {
    const ours = form.elements.namedItem(one.name);
    if (one.type !== 'radio') ours.value = one.value;
    else if (one.checked) ours.value = one.value; // of a list of radio buttons
    for (const name of one.type === 'radio' ? [] : ['aria-invalid', 'aria-describedby']) {
      if (one.hasAttribute(name)) ours.setAttribute(name, one.getAttribute(name));
      else ours.removeAttribute(name);
    }
  }
  result.replaceWith(document.adoptNode(fresh));
  wire();
  requestAnimationFrame(() => setTimeout(() => performance.measure('redrawn', 'asked')));
}

// addressOf is the page of what the form says, with some of it changed.
function addressOf(changes = {}) {
  const parameters = new URLSearchParams(new FormData(form));
  for (const [key, value] of Object.entries(changes)) parameters.set(key, value);
  for (const [key, value] of [...parameters]) if (value === '') parameters.delete(key);
  return form.getAttribute('action') + '?' + parameters;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  list.close();
  show(addressOf(), true);
});
for (const one of form.querySelectorAll('input[type=radio]')) {
  one.addEventListener('change', () => show(addressOf(), true));
}
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('#result a, #moves a');
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const to = new URL(link.href);
  if (to.origin !== location.origin || to.pathname !== location.pathname) return;
  event.preventDefault();
  show(to.pathname + to.search, true);
});
addEventListener('popstate', () => show(location.pathname + location.search, false));

// ---- The graph: a cursor, the values at it, and a range that is zoomed into.

// A Graph is the cursor over the one chart of the page.
class Graph {
  constructor(figure, plot) {
    const data = figure.closest('[data-expr]').dataset;
    this.expr = data.expr;
    this.start = Number(data.start);
    this.end = Number(data.end);
    this.step = Number(data.step);
    this.last = Math.floor((this.end - this.start) / this.step + 1e-9);
    this.at = focusNext ? this.last >> 1 : this.last; // the step that is told of
    this.from = -1;      // where a range begins; -1: there is none
    this.plot = plot;
    this.lines = [...plot.querySelectorAll('[data-line]')];
    this.mark = element('div', {class: 'mark', hidden: ''});
    this.range = element('div', {class: 'range', hidden: ''});
    this.told = element('div', {class: 'told', hidden: ''});
    this.handle = element('div', {
      class: 'cursor', role: 'slider', tabindex: '0', 'aria-label': 'Time', 'aria-describedby': 'keys',
      'aria-valuemin': '0', 'aria-valuemax': String(this.last), 'aria-valuenow': String(this.at), 'aria-valuetext': clock(this.timeOf(this.at)),
    }, this.range, this.mark);
    const frame = plot.parentElement;
    frame.classList.add('held');
    frame.append(this.handle, this.told);
    document.getElementById('keys').hidden = false;
    this.lay();
    this.listen();
  }

  // lay puts the handle over the plot, whatever its size is; in parts of what is
  // around it, so that it never sticks out.
  lay() {
    const outer = this.plot.parentElement.getBoundingClientRect(), inner = this.plot.getBoundingClientRect();
    const across = (n) => n / Math.max(outer.width, 1) * 100 + '%', down = (n) => n / Math.max(outer.height, 1) * 100 + '%';
    Object.assign(this.handle.style, {
      left: across(inner.left - outer.left), top: down(inner.top - outer.top), width: across(inner.width), height: down(inner.height),
    });
  }

  timeOf(n) { return this.start + n * this.step; }

  // place is where a step stands, in per cent.
  place(n) { return this.end > this.start ? n * this.step / (this.end - this.start) * 100 : 50; }

  // stepAt is the step under the pointer.
  stepAt(event) {
    const box = this.handle.getBoundingClientRect();
    const part = (event.clientX - box.left) / Math.max(box.width, 1);
    return this.bounded(Math.round(part * (this.end - this.start) / this.step));
  }
  bounded(n) { return Math.min(Math.max(n, 0), this.last); }

  listen() {
    const h = this.handle;
    addEventListener('resize', () => this.lay());
    h.addEventListener('pointerdown', (event) => {
      if (event.button) return;
      h.setPointerCapture(event.pointerId);
      this.from = this.stepAt(event);
    });
    h.addEventListener('pointermove', (event) => {
      const box = h.getBoundingClientRect();
      this.to(this.stepAt(event), (event.clientY - box.top) / Math.max(box.height, 1));
    });
    h.addEventListener('pointerup', () => { if (!this.zoomRange()) this.dropRange(); });
    h.addEventListener('pointercancel', () => this.dropRange());
    h.addEventListener('pointerleave', () => { if (this.from < 0) this.hide(); });
    h.addEventListener('focus', () => { if (h.matches(':focus-visible')) this.to(this.at); });
    h.addEventListener('blur', () => { this.dropRange(); this.hide(); });
    h.addEventListener('keydown', (event) => { if (this.key(event)) event.preventDefault(); });
  }

  // key tells whether a key means something here.
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const far = Math.max(1, Math.round(this.last / 10));
    const by = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -far, PageUp: far, Home: -Infinity, End: Infinity}[event.key];
    if (by !== undefined) {
      if (!event.shiftKey) this.dropRange();
      else if (this.from < 0) this.from = this.at;
      this.to(this.bounded(this.at + by));
      return true;
    }
    const half = (this.end - this.start) / 2, middle = this.timeOf(this.at);
    switch (event.key) {
    case 'Enter': return this.zoomRange();
    case 'Escape': this.dropRange(); this.hide(); return true;
    case '+': case '=': this.zoom(middle - half / 2, middle + half / 2); return true;
    case '-': this.zoom(middle - 2 * half, middle + 2 * half); return true;
    }
    return false;
  }

  // zoomRange zooms into the range, if there is one.
  zoomRange() {
    if (this.from < 0 || this.from === this.at) return false;
    this.zoom(this.timeOf(Math.min(this.from, this.at)), this.timeOf(Math.max(this.from, this.at)));
    return true;
  }
  zoom(from, to) {
    this.from = -1;
    focusNext = document.activeElement === this.handle;
    show(addressOf({from: String(Math.round(from) / 1000), to: String(Math.round(to) / 1000), step: ''}), true);
  }
  dropRange() { this.from = -1; this.range.hidden = true; }
  hide() {
    this.mark.hidden = this.told.hidden = true;
    for (const line of this.lines) line.classList.remove('near');
  }

  // to moves the cursor to a step; height is where the pointer stands, from 0
  // at the top to 1.
  async to(n, height) {
    this.at = n;
    this.mark.hidden = false;
    this.mark.style.left = this.place(n) + '%';
    this.range.hidden = this.from < 0 || this.from === n;
    if (!this.range.hidden) {
      const [a, b] = [this.place(this.from), this.place(n)].sort((a, b) => a - b);
      Object.assign(this.range.style, {left: a + '%', width: b - a + '%'});
    }
    this.handle.setAttribute('aria-valuenow', String(n));
    this.series ??= ask('query_range', {query: this.expr, start: String(this.start / 1000), end: String(this.end / 1000), step: String(this.step / 1000), limit: '1000'});
    const data = await this.series;
    if (this.at === n && !this.mark.hidden) this.tell(n, data?.result ?? [], height);
  }

  // tell tells the values of a step: those next to the pointer, or the greatest.
  tell(n, series, height) {
    const low = Number(this.plot.dataset.low), high = Number(this.plot.dataset.high);
    const rows = [];
    series.forEach((one, i) => {
      const index = valueAt(one, this.timeOf(n) / 1000, this.step / 1000);
      if (index === undefined) return;
      const number = Number(index);
      const away = height === undefined ? -number : Math.abs((high - number) / (high - low || 1) - height);
      rows.push({i, name: nameOf(one.metric), value: index, away: Number.isNaN(away) ? Infinity : away});
    });
    rows.sort((a, b) => a.away - b.away);
    const shown = rows.slice(0, 8);
    const time = clock(this.timeOf(n));
    this.lines.forEach((line) => line.classList.toggle('near', height !== undefined && shown.length > 0 && Number(line.dataset.line) === shown[0].i));
    this.told.replaceChildren(element('strong', {}, time), ...shown.map((r) =>
      element('div', {}, element('b', {class: 's' + r.i % 8}, r.value), ' ', element('span', {}, r.name))));
    if (rows.length > shown.length) this.told.append(element('div', {}, `and ${rows.length - shown.length} more`));
    if (!rows.length) this.told.append(element('div', {}, 'no value'));
    this.told.hidden = false;
    this.told.classList.toggle('left', this.place(n) > 50);
    const text = rows.length ? shown.map((r) => `${r.value} ${r.name}`).join('; ') : 'no value';
    const range = this.from < 0 ? '' : `, range from ${clock(this.timeOf(this.from))}`;
    this.handle.setAttribute('aria-valuetext', `${time}${range}: ${text}`);
  }
}

// valueAt is the value of a series at a time. Its steps are in their order, and
// some may be missing.
function valueAt(series, time, step) {
  const values = series.values ?? [];
  let low = 0, high = values.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1, d = values[middle][0] - time;
    if (Math.abs(d) < step / 2) return values[middle][1];
    if (d < 0) low = middle + 1; else high = middle - 1;
  }
  return undefined;
}

// nameOf is a series as PromQL writes it.
function nameOf(labels) {
  const {__name__: name = '', ...rest} = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${labelName(key)}=${JSON.stringify(value)}`).join(', ');
  const all = plain.test(name) ? (pairs ? `${name}{${pairs}}` : name)
    : `{${[name && JSON.stringify(name), pairs].filter(Boolean).join(', ')}}`;
  return visible(all.length > 300 ? all.slice(0, 300) + '…' : all);
}

// visible escapes what would turn the direction of a line round, or be unseen.
function visible(text) {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => '\\u{' + c.codePointAt(0).toString(16) + '}');
}

function clock(ms) {
  const text = new Date(ms).toISOString();
  return text.slice(0, 10) + ' ' + text.slice(11, ms % 1000 ? 23 : 19);
}

let focusNext = false; // the cursor had the focus before the graph was redrawn

// wire makes what the server drew answer to the pointer and to keys.
function wire() {
  const plot = document.querySelector('#result [data-expr] svg.plot');
  if (plot) {
    const graph = new Graph(plot.closest('figure'), plot);
    if (focusNext) graph.handle.focus();
  }
  focusNext = false;
}

// ---- Completion, as a combobox with a list.

const plain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const plainLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const labelName = (name) => plainLabel.test(name) ? name : JSON.stringify(name);

// once remembers what was asked; what failed is asked again.
const answers = new Map();
function once(path, parameters) {
  const key = path + '?' + new URLSearchParams(parameters);
  if (!answers.has(key)) {
    const answer = get(path, parameters).then((data) => { if (!data) answers.delete(key); return data; });
    answers.set(key, answer);
  }
  return answers.get(key);
}

const keywords = ['and', 'bool', 'by', 'group_left', 'group_right', 'ignoring', 'offset', 'on', 'or', 'unless', 'without'];
const grouping = /\b(?:by|without|on|ignoring|group_left|group_right)\s*$/i;
const matcher = /("(?:[^"\\]|\\.)*"|[a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/g;

// placeOf says what is typed at the end of a text: a name, a label, a value of a
// label, or nothing that can be completed.
function placeOf(text) {
  const open = []; // brackets, each with what stands before it
  let i = 0;
  for (; i < text.length; i++) {
    const c = text[i];
    if (c === '"' || c === "'" || c === '`') {
      const begun = i++;
      while (i < text.length && text[i] !== c) i += text[i] === '\\' && c !== '`' ? 2 : 1;
      if (i >= text.length) return inString(text, begun, open.at(-1));
    } else if (c === '#') {
      const end = text.indexOf('\n', i);
      if (end < 0) return null;
      i = end;
    } else if ('{(['.includes(c)) {
      open.push({c, at: i, before: text.slice(0, i)});
    } else if ('})]'.includes(c)) {
      open.pop();
    }
  }
  const word = /[a-zA-Z_:][a-zA-Z0-9_:]*$/.exec(text)?.[0] ?? '';
  const start = text.length - word.length, top = open.at(-1);
  if (/[0-9.]$/.test(text.slice(0, start))) return null; // 5m, 1e3
  if (top?.c === '[') return null;
  if (top?.c === '{') {
    if (/[=~!]\s*$/.test(text.slice(0, start))) return null; // a value has quotes
    return {kind: 'label', word, start, match: matchOf(top, text.slice(top.at + 1))};
  }
  if (top?.c === '(' && grouping.test(top.before)) return {kind: 'label', word, start};
  return word ? {kind: 'name', word, start} : null;
}

function inString(text, begun, top) {
  if (top?.c !== '{') return null;
  const quote = text[begun], word = text.slice(begun + 1), inside = text.slice(top.at + 1, begun);
  const named = /("(?:[^"\\]|\\.)*"|[a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*$/.exec(inside);
  if (!named) return {kind: 'quoted', word, start: begun + 1, quote};
  const label = named[1][0] === '"' ? unquoted(named[1]) : named[1];
  return {kind: 'value', word, start: begun + 1, quote, label, regexp: named[2].includes('~'), match: matchOf(top, inside)};
}

function unquoted(text) { try { return JSON.parse(text); } catch { return text.slice(1, -1); } }

// matchOf is the selector that stands before the cursor, or "".
function matchOf(top, inside) {
  const name = /[a-zA-Z_:][a-zA-Z0-9_:]*$/.exec(top.before)?.[0] ?? '';
  const pairs = [...inside.matchAll(matcher)].map((m) => m[0]).join(',');
  return name || pairs ? `${name}{${pairs}}` : '';
}

// choices are what could be meant at a place: what begins as it does first.
async function choices(place, text) {
  const matching = place.match ? {'match[]': place.match} : {};
  let all = [];
  if (place.kind === 'value') {
    const values = await once(`label/${encodeURIComponent(place.label)}/values`, matching) ?? [];
    all = values.map((text) => ({text, insert: escaped(text, place)}));
  } else if (place.kind === 'label') {
    const used = [...text.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*/g)].map((m) => m[0]);
    const names = new Set(await once('label/__name__/values', {}) ?? []);
    const metric = used.find((name) => names.has(name));
    const labels = await once('labels', place.match ? matching : metric ? {'match[]': metric} : {}) ?? [];
    all = labels.filter((l) => l !== '__name__').map((text) => ({text, insert: labelName(text)}));
  } else {
    const [names, features, about] = await Promise.all([
      once('label/__name__/values', {}), once('features', {}), once('metadata', {limit_per_metric: '1'}),
    ]);
    const of = (name) => about?.[name]?.[0] ?? about?.[name.replace(/_(?:bucket|sum|count|total)$/, '')]?.[0];
    all = (names ?? []).map((text) => {
      const quoted = place.kind === 'quoted';
      const insert = quoted ? escaped(text, place) : plain.test(text) ? text : `{${JSON.stringify(text)}}`;
      return {text, insert, hint: [of(text)?.type, of(text)?.help].filter(Boolean).join(': ')};
    });
    if (place.kind === 'name') {
      for (const [set, hint] of [['promql_functions', 'function'], ['promql_operators', 'aggregation']]) {
        for (const [name, on] of Object.entries(features?.[set] ?? {})) {
          if (on && /^[a-z][a-z0-9_]+$/.test(name) && !keywords.includes(name)) all.push({text: name, insert: name + '(', hint});
        }
      }
      all.push(...keywords.map((text) => ({text, insert: text, hint: 'keyword'})));
    }
  }
  const word = meant(place).toLowerCase();
  const where = (one) => one.text.toLowerCase().indexOf(word);
  const fit = all.filter((one) => where(one) >= 0 && one.text !== meant(place));
  fit.sort((a, b) => (where(a) > 0) - (where(b) > 0));
  return fit;
}

// meant is what is typed, without the escapes that it needs between quotes.
function meant(place) {
  let word = place.word;
  if (place.quote && place.quote !== '`') word = word.replace(/\\(.)/g, '$1');
  return place.regexp ? word.replace(/\\(.)/g, '$1') : word;
}

// escaped is a value as it stands between the quotes of a place.
function escaped(text, place) {
  if (place.regexp) text = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  if (place.quote === '`') return text;
  return text.replaceAll('\\', '\\\\').replaceAll(place.quote, '\\' + place.quote).replaceAll('\n', '\\n');
}

const most = 50; // that are listed

const list = {
  box: element('ul', {id: 'choices', role: 'listbox', 'aria-label': 'Completions', class: 'choices', hidden: ''}),
  status: element('p', {role: 'status', class: 'unseen'}),
  rows: [], chosen: -1, place: null, turn: 0,

  async open() {
    const mine = ++this.turn;
    const text = input.value.slice(0, input.selectionStart), place = placeOf(text);
    const found = place ? await choices(place, input.value) : [];
    if (mine !== this.turn || document.activeElement !== input) return;
    this.place = place;
    this.rows = found.slice(0, most);
    this.choose(-1);
    this.box.replaceChildren(...this.rows.map((row, i) => element('li', {id: 'choice-' + i, role: 'option', 'aria-selected': 'false'},
      element('span', {}, visible(row.text)), ...(row.hint ? [' ', element('small', {}, visible(row.hint.slice(0, 200)))] : []))));
    this.box.hidden = !this.rows.length;
    input.setAttribute('aria-expanded', String(!this.box.hidden));
    this.status.textContent = !place ? '' : found.length > most ? `${most} of ${found.length} completions` : found.length === 1 ? '1 completion' : `${found.length} completions`;
    this.box.scrollTop = 0;
  },
  close() {
    this.turn++;
    this.rows = [];
    this.box.hidden = true;
    this.status.textContent = '';
    input.setAttribute('aria-expanded', 'false');
    this.choose(-1);
  },
  choose(n) {
    this.box.querySelector('[aria-selected=true]')?.setAttribute('aria-selected', 'false');
    this.chosen = n;
    if (n < 0) { input.removeAttribute('aria-activedescendant'); return; }
    const row = this.box.children[n];
    row.setAttribute('aria-selected', 'true');
    row.scrollIntoView({block: 'nearest'});
    input.setAttribute('aria-activedescendant', row.id);
  },
  // take puts a row in the place of the word, and of what is left of it behind
  // the cursor.
  take(n) {
    const {start, quote} = this.place, row = this.rows[n];
    const behind = input.value.slice(input.selectionStart);
    const rest = quote ? behind.replace(/^[^"'`{}]*(?=["'`])/, '') : behind.replace(/^[a-zA-Z0-9_:]+\(?/, '');
    const before = input.value.slice(0, start) + row.insert;
    const closed = quote && rest[0] !== quote ? before + quote : before;
    input.value = closed + rest;
    const caret = quote ? before.length + 1 : before.length;
    input.setSelectionRange(caret, caret);
    this.close();
  },
};

function completion() {
  for (const [key, value] of Object.entries({role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'choices'})) {
    input.setAttribute(key, value);
  }
  input.insertAdjacentElement('afterend', list.box);
  list.box.insertAdjacentElement('afterend', list.status);
  input.addEventListener('input', () => list.open());
  input.addEventListener('blur', () => list.close());
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const n = list.rows.length;
    if (event.ctrlKey && event.key === ' ') list.open();
    else if (!n && event.key === 'ArrowDown') list.open();
    else if (!n) return;
    else if (event.key === 'ArrowDown') list.choose((list.chosen + 1) % n);
    else if (event.key === 'ArrowUp') list.choose((Math.max(list.chosen, 0) + n - 1) % n);
    else if (event.key === 'Escape') list.close();
    else if ((event.key === 'Enter' || event.key === 'Tab') && list.chosen >= 0) list.take(list.chosen);
    else return;
    event.preventDefault();
  });
  // The input keeps the focus, or the list would close before the click.
  list.box.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    const row = event.target.closest('li');
    if (row) list.take([...list.box.children].indexOf(row));
  });
}

completion();
wire();
})();
