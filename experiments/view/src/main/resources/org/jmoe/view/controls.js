// Labelled controls that call back with their value.
import { h } from './dom.js';

export function choice(label, options, value, onChange) {
  const select = h('select', { onchange: () => onChange(select.value) }, options.map(([key, text]) => h('option', { value: key, selected: key === value }, text)));
  return h('label', {}, label, select);
}

export function toggle(label, value, onChange) {
  const box = h('input', { type: 'checkbox', checked: value, onchange: () => onChange(box.checked) });
  return h('label', {}, box, label);
}

export function range(label, { min, max, step, value, text }, onChange) {
  const shown = h('span', { className: 'quiet' }, text(value));
  const input = h('input', {
    type: 'range',
    min,
    max,
    step,
    oninput: () => {
      shown.textContent = text(Number(input.value));
      onChange(Number(input.value));
    },
  });
  input.value = value; // after its limits
  return h('label', {}, label, input, shown);
}
