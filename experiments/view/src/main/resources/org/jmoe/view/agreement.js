// How far two models agree on the experts of the same tokens.

// The expert of the largest weight; null where there is none.
export function first(token) {
  let best = null;
  let most = -Infinity;
  for (const [number, weight] of token.choices) {
    if (weight > most) {
      best = number;
      most = weight;
    }
  }
  return best;
}

function entropy(labels) {
  const counts = new Map();
  labels.forEach((label) => counts.set(label, (counts.get(label) ?? 0) + 1));
  return [...counts.values()].reduce((sum, count) => sum - (count / labels.length) * Math.log(count / labels.length), 0);
}

// Normalized mutual information: 2 I(A; B) / (H(A) + H(B)).
export function mutual(a, b) {
  const both = entropy(a) + entropy(b);
  return both === 0 ? 1 : (2 * (both - entropy(a.map((label, i) => label + ' ' + b[i])))) / both;
}
