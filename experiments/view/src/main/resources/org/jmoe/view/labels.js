// Which domains and token classes each expert serves, over the checkpoints of a run.
import { h, fill, number, problem } from './dom.js';
import { ask, isReport } from './source.js';
import { around } from './charts.js';
import { choice, range } from './controls.js';

let labelModel = '';
let labelLayer = '';
let labelSet = 'domain';

export function labelsView(view, context) {
  const models = context.models();
  if (models.length === 0) {
    fill(view, h('p', { className: 'empty' }, 'There is no run and no checkpoint.'));
    return () => {};
  }
  labelModel = models.some(([id]) => id === labelModel) ? labelModel : context.newest(true) ?? models[0][0];
  const controls = h('div', { className: 'controls' });
  const message = h('div', {});
  const chart = h('div', { className: 'chart' });
  const facts = h('p', { className: 'quiet' });
  let steps = [];
  let at = -1; // index of a checkpoint; -1 for the final evaluation
  let latest = 0; // of several answers the last question counts
  fill(view, controls, message, h('section', { className: 'panel' }, h('h2', {}, 'Specialization'),
    h('p', { className: 'quiet' }, 'How over-represented an expert is among the tokens of a label: p(expert | label) / p(expert). 1 is no preference.'), facts, chart));

  async function open() {
    steps = [];
    at = -1;
    if (!isReport) {
      steps = (await ask('steps', { model: labelModel }).catch(() => ({ steps: [] }))).steps;
    }
    if (!context.isFinished(labelModel)) {
      at = steps.length === 0 ? -2 : steps.length - 1; // -2: a published checkpoint
    }
    show();
  }

  async function show() {
    const mine = ++latest;
    fill(message, at === -1 ? [] : h('p', { className: 'quiet' }, 'Routing held-out tokens through the model…'));
    try {
      const { layers, sets } = at === -1 ? await ofSummary() : await ofProfile();
      if (mine !== latest) {
        return;
      }
      showControls(layers, sets);
      fill(message);
      const set = sets.find((one) => one.name === labelSet) ?? sets[0];
      if (!set) {
        chart.style.height = '0';
        facts.textContent = '';
        fill(message, h('p', { className: 'empty' }, 'There are no labels: the data has a single domain and its tokenizer is unknown.'));
        return;
      }
      facts.textContent = set.information === undefined ? 'From the final evaluation of the run.' : `Mutual information of expert and label: ${number(set.information, 3)} nats; permuted labels give ${number(set.chance, 3)}.`;
      around(chart, { rows: set.labels, columns: set.lift[0].map((_, expert) => String(expert)), cells: set.lift, x: 'expert', name: 'lift' });
    } catch (error) {
      showControls([], []);
      fill(message, problem(error));
    }
  }

  function showControls(layers, sets) {
    const last = steps.length - 1 + (context.isFinished(labelModel) ? 1 : 0);
    fill(controls,
      choice('model', models, labelModel, (value) => { labelModel = value; labelLayer = ''; open(); }),
      choice('layer', layers.map((name) => [name, name]), labelLayer, (value) => { labelLayer = value; show(); }),
      choice('labels', sets.map((set) => [set.name, set.name]), labelSet, (value) => { labelSet = value; show(); }),
      steps.length === 0 ? null : range('checkpoint', {
        min: 0,
        max: last,
        step: 1,
        value: at === -1 ? last : at,
        text: (value) => (value >= steps.length ? 'final evaluation' : 'step ' + steps[value]),
      }, (value) => { at = value >= steps.length ? -1 : value; show(); }));
  }

  // Shares of each domain's tokens over the load of the expert.
  async function ofSummary() {
    const all = await ask('layers', { run: labelModel });
    const layer = all.find((one) => one.layer === labelLayer) ?? all[0];
    labelLayer = layer?.layer ?? '';
    const domains = Object.entries(layer?.domains ?? {});
    const sets = domains.length === 0 ? [] : [{ name: 'domain', labels: domains.map(([name]) => name), lift: domains.map(([, shares]) => shares.map((share, expert) => (layer.load[expert] > 0 ? share / layer.load[expert] : 0))) }];
    return { layers: all.map((one) => one.layer), sets };
  }

  async function ofProfile() {
    const found = await ask('profile', { model: labelModel, step: at < 0 ? 0 : steps[at], layer: labelLayer });
    if (!found.profile) {
      if (labelLayer === '') {
        throw new Error('The model has no MoE layer.');
      }
      labelLayer = '';
      return ofProfile();
    }
    labelLayer = found.profile.layer;
    return { layers: found.layers, sets: found.profile.labels };
  }

  open();
  return () => { latest++; };
}
