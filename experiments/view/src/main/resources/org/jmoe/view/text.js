// A text through the experts: every token in the colour of its first expert.
import { h, fill, number, problem } from './dom.js';
import { ask, isReport, reportText } from './source.js';
import { expertColor } from './charts.js';
import { choice } from './controls.js';
import { first, mutual } from './agreement.js';

const EXAMPLE = 'public static int gcd(int a, int b) {\n  return b == 0 ? a : gcd(b, a % b); // Euclid\n}\n';
const NONE = '';

const chosen = { text: reportText || EXAMPLE, model: '', step: '0', other: NONE, otherStep: '0', layer: 0, expert: null };

export function textView(view, context) {
  const models = context.models();
  if (models.length === 0) {
    fill(view, h('p', { className: 'empty' }, 'There is no run and no checkpoint.'));
    return () => {};
  }
  chosen.model = models.some(([id]) => id === chosen.model) ? chosen.model : context.newest(true) ?? models[0][0];
  let traces = [];
  let pinned = null;
  let latest = 0;
  const area = h('textarea', { value: chosen.text, readOnly: isReport, 'aria-label': 'text', spellcheck: false });
  const controls = h('div', { className: 'controls' });
  const message = h('div', {});
  const layer = h('div', { className: 'controls' });
  const shown = h('div', {});
  const details = h('div', {});
  const expert = h('div', {});
  const run = h('button', { className: 'main', onclick: () => { chosen.text = area.value; trace(); } }, 'Trace');
  const parts = h('div', { className: 'two', hidden: true },
    h('section', { className: 'panel' }, layer, shown),
    h('aside', { className: 'aside' }, h('section', { className: 'panel' }, details), h('section', { className: 'panel' }, expert)));
  fill(
    view,
    h('section', { className: 'panel' }, h('h2', {}, 'A text through the experts'), area, isReport ? null : controls, message),
    parts,
  );

  async function showControls() {
    const steps = async (id) => (id === NONE || isReport ? [] : (await ask('steps', { model: id }).catch(() => ({ steps: [] }))).steps);
    const [mine, others] = await Promise.all([steps(chosen.model), steps(chosen.other)]);
    const stepChoice = (all, key) => (all.length < 2 ? null : choice('checkpoint', [['0', 'last'], ...all.map((step) => [String(step), 'step ' + step])], chosen[key], (value) => { chosen[key] = value; trace(); }));
    fill(controls, run,
      choice('model', models, chosen.model, (value) => { Object.assign(chosen, { model: value, step: '0', expert: null }); showControls(); trace(); }), stepChoice(mine, 'step'),
      choice('compare with', [[NONE, 'nothing'], ...models], chosen.other, (value) => { Object.assign(chosen, { other: value, otherStep: '0' }); showControls(); trace(); }), stepChoice(others, 'otherStep'));
  }

  async function trace() {
    const mine = ++latest;
    fill(message, h('p', { className: 'quiet' }, 'Tracing…'));
    run.disabled = true;
    try {
      const wanted = [[chosen.model, chosen.step], ...(chosen.other === NONE ? [] : [[chosen.other, chosen.otherStep]])];
      const found = [];
      for (const [model, step] of wanted) { // one after the other, as the server does
        found.push(await ask('trace', { model, step, text: chosen.text }));
      }
      if (mine === latest) {
        traces = found;
        pinned = null;
        chosen.layer = Math.min(chosen.layer, traces[0].layers.length - 1);
        fill(message, traces[0].cut > 0 ? h('p', { className: 'quiet' }, `The model reads ${traces[0].tokens.length} tokens at once; ${traces[0].cut} more are left out.`) : []);
        show();
      }
    } catch (error) {
      fill(message, problem(error));
    }
    run.disabled = false;
  }

  function show() {
    parts.hidden = false;
    fill(layer, choice('layer', traces[0].layers.map((one, i) => [String(i), one.name]), String(chosen.layer), (value) => { Object.assign(chosen, { layer: Number(value), expert: null }); show(); }),
      h('span', { className: 'quiet' }, 'Hover over a token; click to keep it. Click an expert for its tokens.'));
    fill(shown, traces.map((one, i) => block(one, i)), traces.length === 2 ? agreement() : null);
    showDetails(pinned ?? 0);
    showExpert();
  }

  function block(one, index) {
    const now = one.layers[chosen.layer];
    if (!now) {
      return h('p', { className: 'quiet' }, 'This model has no such layer.');
    }
    const counts = new Map();
    now.tokens.forEach((token) => counts.set(first(token), (counts.get(first(token)) ?? 0) + 1));
    return [
      traces.length > 1 ? h('h2', {}, title(index)) : null,
      h('div', { className: 'tokens' }, now.tokens.map((token, at) => span(one, token, at))),
      h('div', { className: 'chips' }, [...counts].sort((a, b) => b[1] - a[1]).map(([number, count]) => chip(number, count))),
    ];
  }

  function title(index) {
    const id = index === 0 ? chosen.model : chosen.other;
    return (models.find(([key]) => key === id)?.[1] ?? id) + (traces[index].step > 0 ? ', step ' + traces[index].step : '');
  }

  function span(one, token, at) {
    const top = first(token);
    const element = h('span', {
      className: 'token',
      onmouseenter: () => { if (pinned === null) { showDetails(at); } },
      onclick: () => { pinned = pinned === at ? null : at; show(); },
    }, visible(one.tokens[at]));
    if (top !== null) {
      element.style.backgroundColor = expertColor(top);
    }
    element.classList.toggle('pinned', pinned === at);
    element.classList.toggle('dim', chosen.expert !== null && !token.choices.some(([number]) => number === chosen.expert));
    element.classList.toggle('dropped', token.choices.length > 0 && token.choices.every(([, , , kept]) => kept === 0));
    element.classList.toggle('differs', comparable() && !sameExperts(at));
    return element;
  }

  function chip(number, count) {
    const button = h('button', { className: 'chip', 'aria-pressed': String(chosen.expert === number), onclick: () => { chosen.expert = chosen.expert === number ? null : number; show(); } },
      number === null ? `no expert, ${count}` : `expert ${number}, ${count}`);
    button.style.backgroundColor = number === null ? '' : expertColor(number);
    return button;
  }

  // Experts have the same numbers only in checkpoints of one run.
  function comparable() {
    return traces.length === 2 && chosen.model === chosen.other && aligned();
  }

  function aligned() {
    return traces.every((one) => one.layers[chosen.layer] && one.tokens.length === traces[0].tokens.length && one.tokens.every((token, i) => token === traces[0].tokens[i]));
  }

  function experts(index, at) {
    return traces[index].layers[chosen.layer].tokens[at].choices.map(([number]) => number);
  }

  function sameExperts(at) {
    return String(experts(0, at).sort()) === String(experts(1, at).sort());
  }

  function agreement() {
    if (!aligned()) {
      return h('p', { className: 'quiet' }, 'The two models split the text into different tokens, so only their colours can be compared.');
    }
    const tops = [0, 1].map((index) => traces[index].layers[chosen.layer].tokens.map(first));
    const information = `normalized mutual information of the first experts: ${number(mutual(tops[0], tops[1]), 2)} (1: the same grouping of tokens, 0: unrelated)`;
    if (!comparable()) {
      return h('p', { className: 'quiet' }, `Experts of different runs have unrelated numbers; ${information}.`);
    }
    const count = tops[0].length;
    const same = tops[0].filter((top, at) => top === tops[1][at]).length;
    const all = tops[0].filter((_, at) => sameExperts(at)).length;
    return h('p', {}, `${same} of ${count} tokens keep their first expert, ${all} all their experts; others are underlined. Also ${information}.`);
  }

  function showDetails(at) {
    fill(details, traces.map((one, index) => [
      h('h2', {}, `Token ${at + 1}: ${JSON.stringify(one.tokens[at] ?? '')}`, traces.length > 1 ? h('span', { className: 'quiet' }, ' ' + title(index)) : null),
      one.layers[chosen.layer]?.tokens[at] ? choices(one.layers[chosen.layer], at) : null,
      index === 0 ? path(one, at) : null,
    ]));
  }

  function choices(now, at) {
    const token = now.tokens[at];
    const rows = token.choices.slice().sort((a, b) => b[1] - a[1]).slice(0, 16).map(([number, weight, share, kept]) => part(kept ? 'expert ' + number : `expert ${number}, dropped`, weight, share, () => { chosen.expert = number; show(); }));
    if (now.shared) {
      rows.push(part('shared expert', null, token.shared));
    }
    if (token.self !== 0) {
      rows.push(part('the token itself', null, token.self));
    }
    return h('table', { className: 'bars' }, h('thead', {}, h('tr', {}, h('th', { className: 'text' }, 'part'), h('th', {}, 'weight'), h('th', { title: 'share of the output of the layer' }, 'share'), h('th', {}))), h('tbody', {}, rows));
  }

  function part(name, weight, share, onclick) {
    const bar = h('div', { className: share < 0 ? 'bar negative' : 'bar' });
    bar.style.width = Math.min(100, Math.abs(share) * 100) + '%';
    return h('tr', {}, h('td', { className: 'text' }, onclick ? h('button', { className: 'chip', onclick }, name) : name), h('td', {}, weight === null ? '' : number(weight, 3)), h('td', {}, number(share, 3)), h('td', { className: 'fill' }, bar));
  }

  // The first expert in every layer.
  function path(one, at) {
    const chips = one.layers.map((now, i) => {
      const top = first(now.tokens[at]);
      const button = h('button', { className: 'chip', title: now.name, 'aria-pressed': String(i === chosen.layer), onclick: () => { chosen.layer = i; chosen.expert = null; pinned = at; show(); } }, `${i}: ${top ?? '–'}`);
      button.style.backgroundColor = top === null ? '' : expertColor(top);
      return button;
    });
    return [h('p', { className: 'quiet' }, 'First expert in each layer:'), h('div', { className: 'chips' }, chips)];
  }

  async function showExpert() {
    if (chosen.expert === null) {
      fill(expert, h('p', { className: 'quiet' }, 'Click an expert to see its most typical tokens and contexts in the held-out data.'));
      return;
    }
    const wanted = chosen.expert;
    fill(expert, h('h2', {}, 'Expert ' + wanted), h('p', { className: 'quiet' }, 'Routing held-out tokens through the model…'));
    try {
      const { profile } = await ask('profile', { model: chosen.model, step: chosen.step, layer: traces[0].layers[chosen.layer].name });
      if (chosen.expert === wanted) {
        fill(expert, ...profileOf(profile, wanted));
      }
    } catch (error) {
      fill(expert, h('h2', {}, 'Expert ' + wanted), problem(error));
    }
  }

  if (!isReport) {
    showControls();
  }
  trace();
  return () => { latest++; };
}

function profileOf(profile, expert) {
  const { typical, contexts } = profile.profiles[expert];
  return [
    h('h2', {}, `Expert ${expert} of ${profile.layer}`),
    h('p', { className: 'quiet' }, `${number(profile.share[expert] * 100, 3)} % of all choices; ${number(100 / profile.experts, 3)} % is balance.`),
    h('h2', {}, 'Typical tokens'),
    typical.length === 0 ? h('p', { className: 'quiet' }, 'None is frequent enough.') : h('table', { className: 'bars' },
      h('thead', {}, h('tr', {}, h('th', { className: 'text' }, 'token'), h('th', {}, 'here'), h('th', {}, 'of all'), h('th', {}, 'nats'))),
      h('tbody', {}, typical.map(([token, count, total, information]) => h('tr', {}, h('td', { className: 'text' }, token), h('td', {}, number(count)), h('td', {}, number(total)), h('td', {}, number(information, 2)))))),
    h('h2', {}, 'Contexts of the largest weights'),
    contexts.map(([before, token, after]) => h('p', { className: 'context' }, before, h('b', {}, token), after)),
  ];
}

// A line break is seen as a sign and still breaks the line.
function visible(token) {
  return token.replaceAll('\n', '↵\n').replaceAll('\t', '→\t');
}
