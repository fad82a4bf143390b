// Answers come from the server, or in a report from the answers that it holds.

const held = document.getElementById('answers');
const answers = held ? JSON.parse(held.textContent) : null;

export const isReport = answers !== null;

export const reportText = isReport ? answers.text ?? '' : '';

export async function ask(question, parameters = {}) {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  if (isReport) {
    const key = question + sorted.map(([name, value]) => `\n${name}=${value}`).join('');
    if (!(key in answers)) {
      throw new Error('This report does not hold that; jmoe view shows it.');
    }
    return answers[key];
  }
  const body = new URLSearchParams(sorted).toString();
  const long = body.length > 1000;
  const reply = await fetch('api/' + question + (long || !body ? '' : '?' + body), long ? { method: 'POST', body } : {});
  if (!reply.ok) {
    throw new Error((await reply.text()).trim());
  }
  return reply.json();
}

// Follows runs while they train; returns a function that stops.
export function follow(runs, onCurves, onRuns, onState) {
  if (isReport) {
    return () => {};
  }
  const query = new URLSearchParams(runs.map((run) => ['run', run])).toString();
  const events = new EventSource('live?' + query);
  events.addEventListener('curves', (event) => {
    const { run, curves } = JSON.parse(event.data);
    onCurves(run, curves);
  });
  events.addEventListener('runs', onRuns);
  events.onopen = () => onState('live');
  events.onerror = () => onState('the server does not answer');
  return () => events.close();
}
