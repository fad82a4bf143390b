# Operations that DJL's NDArray lacks or implements incorrectly, as one TorchScript text module.
# Script.java zips this file in memory and loads it; no Python is needed. `n` is the list of plain numbers
# of a call; the first line of each method unpacks it in the order used by the Java caller.
# T tokens, K choices per token, E experts, N rows sorted by expert, C slots per expert, D width, H hidden.
class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # ---- arithmetic -------------------------------------------------------------------------------
  def scale(self, x: Tensor, n: List[float]) -> Tensor:
    factor = float(n[0])
    return torch.mul(x, factor)

  def shift(self, x: Tensor, n: List[float]) -> Tensor:
    amount = float(n[0])
    return torch.add(x, amount)

  def remainder(self, x: Tensor, n: List[float]) -> Tensor:
    divisor = int(n[0])
    return torch.remainder(x, divisor)

  def to_dtype(self, x: Tensor, n: List[float]) -> Tensor:
    type = int(n[0])
    return torch.to(x, type)

  def to_device_of(self, x: Tensor, like: Tensor) -> Tensor:
    return torch.to(x, like.device)

  # Always copies, even within one device.
  def copy_to_device_of(self, x: Tensor, like: Tensor) -> Tensor:
    return torch.to(x, like.device, x.dtype, False, True)

  def log_sum_exp(self, x: Tensor) -> Tensor:
    return torch.logsumexp(x, [-1])

  # ---- rows and counts --------------------------------------------------------------------------
  # Gathering with the embedding op: its backward is parallel and sums in a fixed order.
  def rows(self, x: Tensor, ids: Tensor) -> Tensor:
    return torch.embedding(x, ids)

  def rows_of(self, ids: Tensor, x: Tensor) -> Tensor:
    return torch.embedding(x, ids)

  def index_add(self, x: Tensor, ids: Tensor, source: Tensor) -> Tensor:
    return torch.index_add(x, 0, ids, source)

  def bincount(self, ids: Tensor, n: List[float]) -> Tensor:
    size = int(n[0])
    return self.counted(ids, size)

  def counted(self, ids: Tensor, size: int) -> Tensor:
    counts = torch.bincount(torch.add(torch.flatten(ids), 1), None, size + 1)
    return torch.narrow(counts, 0, 1, size)

  # 0, 1, 2, .. in the shape of x. DJL's arange counts in float32.
  def positions(self, x: Tensor) -> Tensor:
    return torch.reshape(torch.arange(torch.numel(x), dtype=4, device=x.device), torch.size(x))

  def sort(self, x: Tensor, n: List[float]) -> Tuple[Tensor, Tensor]:
    descending = bool(n[0])
    values, ids = torch.sort(x, stable=True, dim=-1, descending=descending)
    return (values, ids)

  # Ties go to the lower index, which torch.topk does not guarantee. Keys are float32, the type in which
  # routers decide regardless of the compute type. For few choices, repeated max is many times faster than
  # a stable sort, but it cannot distinguish taken elements from -inf; checking whether -inf was selected
  # would synchronise with a GPU.
  def top(self, x: Tensor, n: List[float]) -> Tensor:
    k, negative_infinity = int(n[0]), float(n[1])
    key = torch.to(torch.detach(x), 6)
    few = torch.__and__(torch.le(4 * k, torch.size(x, -1)), torch.__not__(key.is_cuda))
    ids = key
    if few:
      ids, few = self.top_by_max(key, k, negative_infinity)
    if torch.__not__(few):
      ids = torch.contiguous(torch.narrow(torch.sort(key, stable=True, dim=-1, descending=True)[1], -1, 0, k))
    return ids

  # Also returns whether all selected elements are above -inf.
  def top_by_max(self, key: Tensor, k: int, least: float) -> Tuple[Tensor, bool]:
    left = torch.clone(key)
    ids = annotate(List[Tensor], [])
    best = key
    for i in range(k):
      best, at = torch.max(left, -1, True)
      _0 = torch.append(ids, at)
      if i < k - 1:
        _1 = torch.scatter_(left, -1, at, least)
    found = torch.__not__(bool(torch.any(torch.eq(best, least))))
    return (torch.cat(ids, -1), found)

  # NaN or +inf anywhere, or -inf everywhere, leaves a row without a softmax. If the sum is finite, every
  # element is, and no search is needed.
  def first_non_finite_row(self, x: Tensor) -> Tensor:
    sum = float(torch.sum(torch.detach(x)))
    if sum - sum == 0.:
      first = torch.full([], -1, dtype=4, device=x.device)
    else:
      bad = self.non_finite_rows(x)
      at = torch.argmax(torch.to(bad, 1))
      first = torch.where(torch.any(bad), at, torch.full_like(at, -1))
    return first

  # Flat position of the first integer outside [0, size), or -1.
  def first_out_of_range(self, ids: Tensor, n: List[float]) -> Tensor:
    size = int(n[0])
    bad = torch.flatten(torch.logical_or(torch.lt(ids, 0), torch.ge(ids, size)))
    at = torch.argmax(torch.to(bad, 1))
    return torch.where(torch.any(bad), at, torch.full_like(at, -1))

  def non_finite_rows(self, x: Tensor) -> Tensor:
    return torch.logical_not(torch.isfinite(torch.logsumexp(torch.detach(x), [-1])))

  def sum(self, x: Tensor) -> Tensor:
    return torch.sum(torch.to(torch.detach(x), 7))

  def tally(self, probs: Tensor, choices: Tensor, kept: Tensor) -> Tensor:
    e = torch.size(probs, 1)
    chosen = self.counted(choices, e)
    kept = self.counted(torch.masked_fill(choices, torch.logical_not(kept), -1), e)
    p = torch.sum(torch.to(torch.detach(probs), 7), [0])
    return torch.stack([torch.to(chosen, 7), torch.to(kept, 7), p])

  def cross_tally(self, choices: Tensor, labels: Tensor, n: List[float]) -> Tensor:
    label_count, expert_count = int(n[0]), int(n[1])
    key = torch.add(torch.mul(torch.unsqueeze(torch.to(labels, 4), -1), expert_count), choices)
    key = torch.masked_fill(key, torch.lt(choices, 0), -1)
    return torch.reshape(self.counted(key, label_count * expert_count), [label_count, expert_count])

  # Replaces the rows of x (T, K) where mask (T) is true.
  def fill_rows(self, x: Tensor, mask: Tensor, n: List[float]) -> Tensor:
    value = float(n[0])
    return torch.masked_fill(x, torch.unsqueeze(mask, -1), value)

  # ---- named randomness: each draw has its own seeded generator --------------------------------------
  # Not zeros_like: it keeps the memory layout of x, which affects where each sample is written.
  def blank(self, x: Tensor) -> Tensor:
    return torch.zeros(torch.size(x), dtype=x.dtype, device=x.device)

  def normal(self, x: Tensor, n: List[float]) -> Tensor:
    seed = int(n[0])
    g = torch.manual_seed(torch.Generator(device=x.device), seed)
    return torch.normal(self.blank(x), 1., generator=g)

  def uniform(self, x: Tensor, n: List[float]) -> Tensor:
    seed = int(n[0])
    g = torch.manual_seed(torch.Generator(device=x.device), seed)
    return torch.uniform(self.blank(x), generator=g)

  # 1 / (1 - drop) where kept, 0 elsewhere.
  def keep_mask(self, x: Tensor, drop: float, seed: int) -> Tensor:
    g = torch.manual_seed(torch.Generator(device=x.device), seed)
    kept = torch.bernoulli(self.blank(x), 1. - drop, generator=g)
    return torch.mul(kept, 1. / (1. - drop))

  def dropout(self, x: Tensor, n: List[float]) -> Tensor:
    drop, seed = float(n[0]), int(n[1])
    return torch.mul(x, self.keep_mask(torch.detach(x), drop, seed))

  # ---- dispatch ---------------------------------------------------------------------------------
  # Rank of each choice among those of its expert, in the priority order given as a permutation of the T*K
  # choices. Choices of expert -1 are ranked among themselves.
  def rank(self, experts: Tensor, order: Tensor) -> Tensor:
    flat = torch.index_select(torch.flatten(experts), 0, order)
    sorted, by_expert = torch.sort(flat, stable=True, dim=0, descending=False)
    at = torch.arange(torch.size(order, 0), dtype=4, device=order.device)
    new = torch.ne(sorted, torch.roll(sorted, [1], [0]))
    start = torch.cummax(torch.masked_fill(at, torch.logical_not(new), 0), 0)[0]
    ranks = torch.scatter(torch.empty_like(order), 0, torch.index_select(order, 0, by_expert), torch.sub(at, start))
    return torch.reshape(ranks, torch.size(experts))

  # Rows sorted by expert: the token of each row (N), rows per expert (E, on the CPU, the only device
  # synchronisation), and the row of each choice (T, K) or -1.
  def group(self, experts: Tensor, n: List[float]) -> Tuple[Tensor, Tensor, Tensor]:
    expert_count = int(n[0])
    k = torch.size(experts, 1)
    flat = torch.flatten(experts)
    size = torch.size(flat, 0)
    sorted, order = torch.sort(flat, stable=True, dim=0, descending=False)
    counts = torch.cpu(torch.bincount(torch.add(flat, 1), None, expert_count + 1))
    none = int(counts[0])
    at = torch.clamp_min(torch.arange(-none, size - none, dtype=4, device=order.device), -1)
    row = torch.scatter(torch.empty_like(order), 0, order, at)
    tokens = torch.floor_divide(torch.narrow(order, 0, none, size - none), k)
    return (tokens, torch.narrow(counts, 0, 1, expert_count), torch.reshape(row, torch.size(experts)))

  # Fixed slots: the token of each slot (E, C) or -1, and the slot e*C + c of each choice or -1.
  def slots(self, experts: Tensor, ranks: Tensor, n: List[float]) -> Tuple[Tensor, Tensor]:
    expert_count, capacity = int(n[0]), int(n[1])
    k = torch.size(experts, 1)
    kept = torch.logical_and(torch.ge(experts, 0), torch.lt(ranks, capacity))
    slot = torch.add(torch.mul(experts, capacity), ranks)
    spill = torch.flatten(torch.masked_fill(slot, torch.logical_not(kept), expert_count * capacity))
    at = torch.arange(torch.size(spill, 0), dtype=4, device=spill.device)
    token = torch.scatter(torch.full([expert_count * capacity + 1], -1, dtype=4, device=spill.device), 0, spill, torch.floor_divide(at, k))
    token = torch.reshape(torch.narrow(token, 0, 0, expert_count * capacity), [expert_count, capacity])
    return (token, torch.masked_fill(slot, torch.logical_not(kept), -1))

  # Gathers rows into slots; empty slots are zero.
  def slot_rows(self, x: Tensor, token: Tensor) -> Tensor:
    rows = torch.embedding(x, torch.clamp_min(token, 0))
    return torch.masked_fill(rows, torch.unsqueeze(torch.lt(token, 0), -1), 0.)

  # sum_k weight[t, k] * outputs[position[t, k]], skipping positions of -1. The sum of each token and the
  # gradient of each row have a fixed order.
  def weighted_sum(self, outputs: Tensor, position: Tensor, weights: Tensor) -> Tensor:
    t = torch.size(position, 0)
    k = torch.size(position, 1)
    if torch.size(outputs, 0) == 0:
      y = torch.zeros([t, torch.size(outputs, 1)], dtype=outputs.dtype, device=outputs.device)
    else:
      w = torch.to(torch.masked_fill(weights, torch.lt(position, 0), 0.), outputs.dtype)
      at = torch.flatten(torch.clamp_min(position, 0))
      first = torch.arange(0, t * k, k, dtype=4, device=position.device)
      y = torch.embedding_bag(outputs, at, first, False, 0, False, torch.flatten(w))[0]
    return y

  # ---- routers ----------------------------------------------------------------------------------
  # x w for x (T, D) and w (D, E). With contiguous columns of w, the engine is twice as fast for small E.
  def scores(self, x: Tensor, w: Tensor) -> Tensor:
    return torch.matmul(x, torch.transpose(torch.contiguous(torch.transpose(w, 0, 1)), 0, 1))

  def cast_like(self, activation: Tensor, x: Tensor) -> Tensor:
    return torch.to(x, activation.dtype)

  def fill(self, x: Tensor, mask: Tensor, n: List[float]) -> Tensor:
    value = float(n[0])
    return torch.masked_fill(x, mask, value)

  # Subtracts first from positions of int64; -1 for those outside [first, first + size).
  def within(self, x: Tensor, n: List[float]) -> Tensor:
    first, size = int(n[0]), int(n[1])
    at = torch.sub(x, first)
    outside = torch.logical_or(torch.lt(at, 0), torch.ge(at, size))
    return torch.masked_fill(at, outside, -1)

  # Order unspecified: the result of torch.topk(sorted=False), as used upstream.
  def top_unsorted(self, x: Tensor, n: List[float]) -> Tensor:
    k = int(n[0])
    values, ids = torch.topk(x, k, -1, True, False)
    return ids

  def clamp_min(self, x: Tensor, n: List[float]) -> Tensor:
    least = float(n[0])
    return torch.clamp_min(x, least)

  def clamp_max(self, x: Tensor, n: List[float]) -> Tensor:
    most = float(n[0])
    return torch.clamp_max(x, most)

  def sigmoid(self, x: Tensor) -> Tensor:
    return torch.sigmoid(x)

  def sqrt_softplus(self, x: Tensor) -> Tensor:
    return torch.sqrt(torch.softplus(x))

  def soft_cap(self, x: Tensor, n: List[float]) -> Tensor:
    cap = float(n[0])
    return torch.mul(torch.tanh(torch.div(x, cap)), cap)

  def normal_cdf(self, x: Tensor) -> Tensor:
    return torch.special_ndtr(x)

  def gumbel(self, x: Tensor, n: List[float]) -> Tensor:
    u = torch.clamp_min(self.uniform(x, n), 1e-30)
    return torch.neg(torch.log(torch.neg(torch.log(u))))

  def norm(self, x: Tensor) -> Tensor:
    return torch.linalg_vector_norm(x, 2, [-1])

  def normalize(self, x: Tensor, n: List[float]) -> Tensor:
    axis, least = int(n[0]), float(n[1])
    length = torch.linalg_vector_norm(x, 2, [axis], True)
    return torch.div(x, torch.clamp_min(length, least))

  # scores (T, E); the score of a group is the sum of its `best` highest experts.
  def limit_groups(self, scores: Tensor, n: List[float]) -> Tensor:
    groups, kept, best, fill = int(n[0]), int(n[1]), int(n[2]), float(n[3])
    x = torch.reshape(scores, [torch.size(scores, 0), groups, -1])
    highest = torch.sort(torch.detach(x), stable=True, dim=-1, descending=True)[0]
    of_group = torch.sum(torch.narrow(highest, -1, 0, best), [-1])
    ids = torch.sort(torch.to(of_group, 6), stable=True, dim=-1, descending=True)[1]
    out = torch.ones_like(of_group)
    out = torch.scatter(out, -1, torch.narrow(ids, -1, 0, kept), 0.)
    y = torch.masked_fill(x, torch.unsqueeze(torch.gt(out, 0.5), -1), fill)
    return torch.reshape(y, torch.size(scores))

  def parts(self, x: Tensor, n: List[float]) -> Tensor:
    parts = int(n[0])
    size = torch.floordiv(torch.size(x, 0), parts)
    t = torch.arange(torch.size(x, 0), dtype=4, device=x.device)
    if size < 1:
      size = 1
    part = torch.floor_divide(t, size)
    return torch.expand(torch.unsqueeze(part, 1), torch.size(x))

  def scoped(self, x: Tensor, part: Tensor, n: List[float]) -> Tensor:
    size = int(n[0])
    return torch.where(torch.lt(x, 0), x, torch.add(x, torch.mul(part, size)))

  # scores (T, E); ties go to the higher or lower token index; slots are in token order or score order.
  def expert_choice(self, scores: Tensor, n: List[float]) -> Tuple[Tensor, Tensor]:
    slots, highest_index, token_order = int(n[0]), int(n[1]), int(n[2])
    t = torch.size(scores, 0)
    e = torch.size(scores, 1)
    columns = torch.transpose(torch.to(torch.detach(scores), 6), 0, 1)
    if highest_index == 1:
      order = torch.sort(torch.flip(columns, [1]), stable=True, dim=-1, descending=True)[1]
      order = torch.sub(torch.full_like(order, t - 1), order)
    else:
      order = torch.sort(columns, stable=True, dim=-1, descending=True)[1]
    token = torch.narrow(order, 1, 0, slots)
    if token_order == 1:
      token = torch.sort(token, stable=True, dim=-1, descending=False)[0]
    token = torch.contiguous(token)
    slot = torch.reshape(torch.arange(e * slots, dtype=4, device=scores.device), [e, slots])
    of_token = torch.full([e, t], -1, dtype=4, device=scores.device)
    of_token = torch.scatter(of_token, 1, token, slot)
    return (token, torch.contiguous(torch.transpose(of_token, 0, 1)))

  # Updates row and column factors until the column factors converge.
  def sinkhorn(self, x: Tensor, n: List[float]) -> Tensor:
    tolerance, epsilon = float(n[0]), float(n[1])
    rows = float(torch.size(x, 0))
    columns = float(torch.size(x, 1))
    k = torch.exp(torch.detach(x))
    d0 = torch.ones_like(torch.select(k, 1, 0))
    d1 = torch.ones_like(torch.select(k, 0, 0))
    error = 1e9
    steps = 0
    while torch.__and__(error > tolerance, steps < 10000):
      d0 = torch.div(torch.full_like(d0, 1. / rows), torch.add(torch.sum(torch.mul(k, d1), [1]), epsilon))
      after = torch.div(torch.full_like(d1, 1. / columns), torch.add(torch.sum(torch.mul(k, torch.unsqueeze(d0, 1)), [0]), epsilon))
      error = float(torch.mean(torch.abs(torch.sub(d1, after))))
      d1 = after
      steps = steps + 1
    return torch.mul(torch.mul(k, d1), torch.unsqueeze(d0, 1))

  # ---- experts ----------------------------------------------------------------------------------
  # Kinds: 0 relu, 1 gelu, 2 silu; gated, with the gate in the first half of the columns: 3 silu, 4 gelu,
  # 5 relu, 6 tanh gelu, 7 clamped silu.
  def activate(self, h: Tensor, kind: int) -> Tensor:
    if kind == 0:
      y = torch.relu(h)
    else:
      if kind == 1:
        y = torch.gelu(h)
      else:
        if kind == 2:
          y = torch.silu(h)
        else:
          gate, up = torch.chunk(h, 2, -1)
          y = self.gated(gate, up, kind)
    return y

  # The constants of kind 7 (clamp, 1.702, 1) are those of gpt-oss.
  def gated(self, gate: Tensor, up: Tensor, kind: int) -> Tensor:
    if kind == 3:
      y = torch.mul(torch.silu(gate), up)
    else:
      if kind == 4:
        y = torch.mul(torch.gelu(gate), up)
      else:
        if kind == 5:
          y = torch.mul(torch.relu(gate), up)
        else:
          if kind == 6:
            inner = torch.mul(torch.add(gate, torch.mul(torch.pow(gate, 3), 0.044715)), 0.7978845608028654)
            y = torch.mul(torch.mul(torch.mul(gate, 0.5), torch.add(torch.tanh(inner), 1.)), up)
          else:
            g = torch.clamp_max(gate, 7.)
            u = torch.add(torch.clamp_min(torch.clamp_max(up, 7.), -7.), 1.)
            y = torch.mul(u, torch.mul(g, torch.sigmoid(torch.mul(g, 1.702))))
    return y

  # Converts to the compute type; code 0 keeps the type.
  def narrowed(self, x: Tensor, code: int) -> Tensor:
    if code == 0:
      y = x
    else:
      y = torch.to(x, code)
    return y

  # x (.., D) times w (D, C). A single row uses the matrix-vector kernel, which reads the weights faster
  # than the general matmul. If w has another type than x, it is stored in float16.
  def matmul(self, x: Tensor, w: Tensor) -> Tensor:
    if torch.__and__(torch.numel(x) == torch.size(w, 0), torch.dim(w) == 2):
      if w.dtype == x.dtype:
        y = torch.mv(torch.transpose(w, 0, 1), torch.flatten(x))
      else:
        y = self.half_row(torch.flatten(x), w)
      for i in range(torch.dim(x) - 1):
        y = torch.unsqueeze(y, 0)
    else:
      if w.dtype == x.dtype:
        y = torch.matmul(x, w)
      else:
        y = self.half_rows(x, w)
    return y

  # x (D) times w (D, C) stored in float16 with contiguous columns, for which the engine has a fast kernel
  # with float32 accumulation. x is scaled to at most 1 to avoid overflow.
  def half_row(self, x: Tensor, w: Tensor) -> Tensor:
    size = torch.clamp_min(torch.amax(torch.abs(x)), 1e-30)
    y = torch.mv(torch.transpose(w, 0, 1), torch.to(torch.div(x, size), w.dtype))
    return torch.mul(torch.to(y, x.dtype), size)

  # x (.., D) times w (D, C), or x (E, C', D) times w (E, D, C): computed in the type of x, converting a few
  # columns (or one expert) at a time to avoid a full copy of w.
  def half_rows(self, x: Tensor, w: Tensor) -> Tensor:
    ys = annotate(List[Tensor], [])
    if torch.dim(w) == 2:
      each = torch.floordiv(4194304, torch.size(w, 0)) + 1
      ws = torch.split(w, each, 1)
      for i in range(torch.len(ws)):
        _0 = torch.append(ys, torch.matmul(x, torch.to(ws[i], x.dtype)))
      y = torch.cat(ys, -1)
    else:
      for e in range(torch.size(w, 0)):
        _1 = torch.append(ys, torch.matmul(torch.select(x, 0, e), torch.to(torch.select(w, 0, e), x.dtype)))
      y = torch.stack(ys)
    return y

  def expert(self, x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, kind: int, drop: float, seed: int) -> Tensor:
    h = self.matmul(x, w1)
    if torch.numel(b1) > 0:
      h = torch.add(h, b1)
    h = self.activate(h, kind)
    if drop > 0.:
      h = torch.mul(h, self.keep_mask(torch.detach(h), drop, seed))
    y = self.matmul(h, w2)
    if torch.numel(b2) > 0:
      y = torch.add(y, b2)
    return y

  # As expert, with the number of rows padded to one of a few sizes where that is faster.
  def group_expert(self, x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, kind: int, drop: float, seed: int) -> Tensor:
    rows = torch.size(x, 0)
    size = self.padded_size(x, rows)
    if size == rows:
      y = self.expert(x, w1, b1, w2, b2, kind, drop, seed)
    else:
      filled = torch.constant_pad_nd(x, [0, 0, 0, size - rows], 0.)
      y = torch.narrow(self.expert(filled, w1, b1, w2, b2, kind, drop, seed), 0, 0, rows)
    return y

  # On a CPU, 16-bit matmuls are compiled for each new number of rows, which takes as long as the matmul of a
  # small expert. Groups are therefore zero-padded to one of 16 sizes between consecutive powers of two.
  def padded_size(self, x: Tensor, rows: int) -> int:
    size = rows
    if torch.__and__(torch.__or__(x.dtype == 15, x.dtype == 5), torch.__not__(x.is_cuda)):
      step = 16
      while step * 32 < rows:
        step = step * 2
      size = torch.floordiv(rows + step - 1, step) * step
    return size

  # x (.., D), w1 (D, H'), b1 (H') or empty, w2 (H, D), b2 (D) or empty.
  def feed_forward(self, x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, n: List[float]) -> Tensor:
    activation, dropout, seed, precision = int(n[0]), float(n[1]), int(n[2]), int(n[3])
    y = self.expert(self.narrowed(x, precision), self.narrowed(w1, precision), self.narrowed(b1, precision), self.narrowed(w2, precision), self.narrowed(b2, precision), activation, dropout, seed)
    return torch.to(y, x.dtype)

  # rows (N, D) sorted by expert, counts (E). Strategies: 0 cheapest, 1 one matmul per expert, 2 padded groups
  # in batched matmuls, 3 plain loop, 4 only experts with rows. For a part of a larger stack, n ends with
  # rows, experts and largest group of the full stack, by which the strategy is chosen.
  def grouped_experts(self, rows: Tensor, counts: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, n: List[float]) -> Tensor:
    activation, dropout, seed, precision, strategy = int(n[0]), float(n[1]), int(n[2]), int(n[3]), int(n[4])
    sizes : List[int] = counts.tolist()
    largest = 0
    for e in range(torch.len(sizes)):
      if sizes[e] > largest:
        largest = sizes[e]
    total = torch.size(rows, 0)
    experts = torch.len(sizes)
    if torch.len(n) > 5:
      total, experts, largest = int(n[5]), int(n[6]), int(n[7])
    if strategy == 0:
      strategy = self.cheapest(total, experts, largest, dropout)
      # With fewer rows than experts, as in decoding, the weights of idle experts need not be read. With
      # gradients, the full stacks are used.
      if torch.__and__(total < experts, torch.__not__(torch.is_grad_enabled())):
        strategy = 4
    if torch.size(rows, 0) == 0:
      strategy = 1
    x = self.narrowed(rows, precision)
    if torch.__and__(precision == 0, w1.dtype != rows.dtype):
      strategy = 4
    a1 = self.narrowed(w1, precision)
    c1 = self.narrowed(b1, precision)
    a2 = self.narrowed(w2, precision)
    c2 = self.narrowed(b2, precision)
    if strategy == 1:
      y = self.each_expert(x, sizes, a1, c1, a2, c2, activation, dropout, seed)
    else:
      if strategy == 2:
        y = self.padded_groups(x, counts, largest, a1, c1, a2, c2, activation, dropout, seed)
      else:
        if strategy == 3:
          y = self.plain_loop(x, sizes, a1, c1, a2, c2, activation, dropout, seed)
        else:
          y = self.active_experts(x, sizes, a1, c1, a2, c2, activation, dropout, seed)
    return torch.to(y, rows.dtype)

  # Batched matmuls distribute the experts over threads and need few calls, but compute the padding. They
  # were faster while the largest group exceeded the mean by at most about 24 rows. The dropout mask of each
  # expert is drawn separately, so groups with dropout are not batched.
  def cheapest(self, rows: int, experts: int, largest: int, drop: float) -> int:
    strategy = 1
    if torch.__and__(drop == 0., experts * largest <= rows + 24 * experts):
      strategy = 2
    return strategy

  # The stacks are unbound once: indexing one expert at a time would write a full-size zero gradient for
  # each. Experts without rows are skipped; unbind gives them a zero gradient if any expert has rows.
  def each_expert(self, x: Tensor, sizes: List[int], w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, kind: int, drop: float, seed: int) -> Tensor:
    xs = torch.split_with_sizes(x, sizes, 0)
    a1 = torch.unbind(w1, 0)
    a2 = torch.unbind(w2, 0)
    c1 = torch.unbind(b1, 0)
    c2 = torch.unbind(b2, 0)
    ys = annotate(List[Tensor], [])
    some = torch.size(x, 0) > 0
    for e in range(torch.len(sizes)):
      if torch.__and__(some, sizes[e] == 0):
        _0 = torch.append(ys, xs[e])
      else:
        _1 = torch.append(ys, self.group_expert(xs[e], a1[e], c1[e], a2[e], c2[e], kind, drop, seed + e))
    return torch.cat(ys, 0)

  # As each_expert, for the experts that have rows only.
  def active_experts(self, x: Tensor, sizes: List[int], w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, kind: int, drop: float, seed: int) -> Tensor:
    ys = annotate(List[Tensor], [torch.narrow(x, 0, 0, 0)])
    first = 0
    for e in range(torch.len(sizes)):
      if sizes[e] > 0:
        part = torch.narrow(x, 0, first, sizes[e])
        _0 = torch.append(ys, self.expert(part, torch.select(w1, 0, e), torch.select(b1, 0, e), torch.select(w2, 0, e), torch.select(b2, 0, e), kind, drop, seed + e))
        first = first + sizes[e]
    return torch.cat(ys, 0)

  # Pads each group to the largest: row c of expert e is at e * largest + c.
  def padded_groups(self, x: Tensor, counts: Tensor, largest: int, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, kind: int, drop: float, seed: int) -> Tensor:
    experts = torch.size(w1, 0)
    rows = torch.size(x, 0)
    largest = self.padded_size(x, largest)
    full = experts * largest == rows
    slots = x
    place = counts
    if torch.__not__(full):
      size = torch.to(counts, x.device)
      end = torch.cumsum(size, 0)
      first = torch.unsqueeze(torch.sub(end, size), 1)
      at = torch.add(first, torch.unsqueeze(torch.arange(largest, dtype=4, device=x.device), 0))
      slots = torch.embedding(x, torch.clamp_max(at, rows - 1))
      # Row r of expert e moves by e * largest minus the number of rows before e.
      shift = torch.sub(torch.mul(torch.arange(experts, dtype=4, device=x.device), largest), torch.squeeze(first, 1))
      place = torch.add(torch.arange(rows, dtype=4, device=x.device), torch.repeat_interleave(shift, size, 0, output_size=rows))
    slots = torch.reshape(slots, [experts, largest, -1])
    y = self.expert(slots, w1, torch.unsqueeze(b1, 1), w2, torch.unsqueeze(b2, 1), kind, drop, seed)
    y = torch.flatten(y, 0, 1)
    if torch.__not__(full):
      y = torch.embedding(y, place)
    return y

  # The reference for the other strategies: one expert after another, each indexed from the stacks.
  def plain_loop(self, x: Tensor, sizes: List[int], w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, kind: int, drop: float, seed: int) -> Tensor:
    ys = annotate(List[Tensor], [])
    first = 0
    for e in range(torch.len(sizes)):
      part = torch.narrow(x, 0, first, sizes[e])
      _0 = torch.append(ys, self.group_expert(part, torch.select(w1, 0, e), torch.select(b1, 0, e), torch.select(w2, 0, e), torch.select(b2, 0, e), kind, drop, seed + e))
      first = first + sizes[e]
    return torch.cat(ys, 0)

  # slots (E, C, D): two batched matmuls.
  def padded_experts(self, slots: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, n: List[float]) -> Tensor:
    return self.feed_forward(slots, w1, torch.unsqueeze(b1, 1), w2, torch.unsqueeze(b2, 1), n)

  # As each_expert for some experts of a larger stack, with the dropout masks of their ids in that stack.
  def grouped_part(self, rows: Tensor, counts: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, n: List[float]) -> Tensor:
    activation, dropout, seed, precision, ids = int(n[0]), float(n[1]), int(n[2]), int(n[3]), torch.slice(n, 5, None, 1)
    sizes : List[int] = counts.tolist()
    xs = torch.split_with_sizes(self.narrowed(rows, precision), sizes, 0)
    a1 = torch.unbind(self.narrowed(w1, precision), 0)
    a2 = torch.unbind(self.narrowed(w2, precision), 0)
    c1 = torch.unbind(self.narrowed(b1, precision), 0)
    c2 = torch.unbind(self.narrowed(b2, precision), 0)
    ys = annotate(List[Tensor], [])
    for e in range(torch.len(sizes)):
      _0 = torch.append(ys, self.group_expert(xs[e], a1[e], c1[e], a2[e], c2[e], activation, dropout, seed + int(ids[e])))
    return torch.to(torch.cat(ys, 0), rows.dtype)

  # As padded_experts for some experts of a larger stack: their rows of the full dropout mask.
  def padded_part(self, slots: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, n: List[float]) -> Tensor:
    activation, dropout, seed, precision, experts, ids = int(n[0]), float(n[1]), int(n[2]), int(n[3]), int(n[5]), torch.slice(n, 6, None, 1)
    h = torch.matmul(self.narrowed(slots, precision), self.narrowed(w1, precision))
    if torch.numel(b1) > 0:
      h = torch.add(h, torch.unsqueeze(self.narrowed(b1, precision), 1))
    h = self.activate(h, activation)
    all = torch.zeros([experts, torch.size(h, 1), torch.size(h, 2)], dtype=h.dtype, device=h.device)
    at = torch.tensor(ids, dtype=4, device=h.device)
    h = torch.mul(h, torch.index_select(self.keep_mask(all, dropout, seed), 0, at))
    y = torch.matmul(h, self.narrowed(w2, precision))
    if torch.numel(b2) > 0:
      y = torch.add(y, torch.unsqueeze(self.narrowed(b2, precision), 1))
    return torch.to(y, slots.dtype)

  # Per expert, over its choices (T, K) with a position among the outputs (.., D): the sum of weight times
  # output norm, and the number of such choices; (2, E).
  def saliency(self, outputs: Tensor, position: Tensor, weights: Tensor, choices: Tensor, n: List[float]) -> Tensor:
    experts = int(n[0])
    flat = torch.reshape(torch.to(torch.detach(outputs), 7), [-1, torch.size(outputs, -1)])
    norms = torch.linalg_vector_norm(torch.cat([flat, torch.zeros([1, torch.size(flat, 1)], dtype=7, device=flat.device)], 0), 2, [1])
    out = torch.lt(position, 0)
    at = torch.flatten(torch.masked_fill(position, out, torch.size(flat, 0)))
    part = torch.mul(torch.index_select(norms, 0, at), torch.to(torch.flatten(torch.detach(weights)), 7))
    expert = torch.flatten(torch.masked_fill(choices, out, 0))
    zeros = torch.zeros([experts], dtype=7, device=flat.device)
    kept = torch.flatten(torch.to(torch.logical_not(out), 7))
    return torch.stack([torch.index_add(zeros, 0, expert, torch.mul(part, kept)), torch.index_add(zeros, 0, expert, kept)])

  # ---- quantized experts --------------------------------------------------------------------------
  # Quantizes a stack (E, D, C) to int8 codes (E, C, D) with one scale per row (E, C).
  def quantise_rows(self, w: Tensor) -> Tuple[Tensor, Tensor]:
    rows = torch.contiguous(torch.transpose(torch.detach(w), 1, 2))
    scales = torch.div(torch.amax(torch.abs(rows), [-1]), 127.)
    safe = torch.masked_fill(scales, torch.eq(scales, 0), 1.)
    codes = torch.to(torch.round(torch.div(rows, torch.unsqueeze(safe, -1))), 1)
    return (codes, scales)

  # Zero-pads (E, N) and reshapes it to groups: (E, G, size).
  def grouped(self, x: Tensor, size: int) -> Tensor:
    n = torch.size(x, 1)
    groups = torch.floordiv(n + size - 1, size)
    padded = torch.constant_pad_nd(x, [0, groups * size - n], 0.)
    return torch.reshape(padded, [torch.size(x, 0), groups, size])

  # Quantizes a stack (E, D, C) to 4-bit codes, two per byte, low half first (E, .. / 2); the absmax of each
  # block of 64, less the mean of these, as int8 (E, B); and the float32 scale of each 256 of those, followed
  # by the mean (E, G + 1). n = the 16 levels.
  def quantise_nf4(self, w: Tensor, n: List[float]) -> Tuple[Tensor, Tensor, Tensor]:
    flat = torch.flatten(torch.contiguous(torch.transpose(torch.detach(w), 1, 2)), 1)
    blocks = self.grouped(flat, 64)
    sizes = torch.amax(torch.abs(blocks), [-1])
    safe = torch.masked_fill(sizes, torch.eq(sizes, 0), 1.)
    shares = torch.div(blocks, torch.unsqueeze(safe, -1))
    levels = torch.tensor(n, dtype=6)
    between = torch.div(torch.add(torch.narrow(levels, 0, 0, 15), torch.narrow(levels, 0, 1, 15)), 2.)
    ids = torch.reshape(torch.bucketize(shares, between), [torch.size(w, 0), -1, 2])
    codes = torch.to(torch.add(torch.select(ids, 2, 0), torch.mul(torch.select(ids, 2, 1), 16)), 0)
    mean = torch.mean(sizes, [1], True)
    groups = self.grouped(torch.sub(sizes, mean), 256)
    coarse = torch.div(torch.amax(torch.abs(groups), [-1]), 127.)
    nonzero = torch.masked_fill(coarse, torch.eq(coarse, 0), 1.)
    fine = torch.to(torch.round(torch.div(groups, torch.unsqueeze(nonzero, -1))), 1)
    scales = torch.contiguous(torch.narrow(torch.flatten(fine, 1), 1, 0, torch.size(sizes, 1)))
    return (codes, scales, torch.cat([coarse, mean], 1))

  # Dequantizes the matrix (C, D) of one expert.
  def dequantise_expert(self, codes: Tensor, scales: Tensor, coarse: Tensor, rows: int, columns: int, levels: Tensor) -> Tensor:
    if torch.numel(coarse) == 0:
      w = torch.mul(torch.to(codes, 6), torch.unsqueeze(scales, -1))
    else:
      groups = torch.size(coarse, 0) - 1
      each = torch.narrow(torch.repeat_interleave(torch.narrow(coarse, 0, 0, groups), 256, 0), 0, 0, torch.size(scales, 0))
      sizes = torch.add(torch.mul(torch.to(scales, 6), each), torch.select(coarse, 0, groups))
      wide = torch.to(codes, 4)
      ids = torch.flatten(torch.stack([torch.bitwise_and(wide, 15), torch.bitwise_right_shift(wide, 4)], 1))
      shares = torch.reshape(torch.index_select(levels, 0, ids), [-1, 64])
      numbers = torch.flatten(torch.mul(shares, torch.unsqueeze(sizes, -1)))
      w = torch.reshape(torch.narrow(numbers, 0, 0, rows * columns), [rows, columns])
    return w

  # Dequantizes a stack to (E, D, C).
  def dequantise(self, like: Tensor, codes: Tensor, scales: Tensor, coarse: Tensor, n: List[float]) -> Tensor:
    inputs, outputs, levels = int(n[0]), int(n[1]), torch.tensor(torch.slice(n, 2, None, 1), dtype=6)
    ws = annotate(List[Tensor], [])
    for e in range(torch.size(codes, 0)):
      w = self.dequantise_expert(torch.select(codes, 0, e), torch.select(scales, 0, e), torch.select(coarse, 0, e), outputs, inputs, levels)
      _0 = torch.append(ws, torch.transpose(w, 0, 1))
    return torch.contiguous(torch.stack(ws))

  # x (R, D) times the quantized matrix (C, D) of one expert. A single row of int8 uses the engine's bfloat16
  # kernel, which reads out of bounds if rows are not a multiple of its registers and does not exist on GPUs.
  # Scales are applied afterwards in float32.
  def quantised_matmul(self, x: Tensor, codes: Tensor, scales: Tensor, coarse: Tensor, columns: int, levels: Tensor, few: bool) -> Tensor:
    if torch.__and__(few, torch.numel(coarse) == 0):
      aligned = torch.remainder(torch.size(codes, 1), 32) == 0
      if torch.__and__(aligned, torch.__not__(x.is_cuda)):
        ones = torch.ones([torch.size(codes, 0)], dtype=15, device=x.device)
        y = torch.mul(torch.to(torch._weight_int8pack_mm(torch.to(x, 15), codes, ones), 6), scales)
      else:
        y = torch.unsqueeze(torch.mul(torch.mv(torch.to(codes, 6), torch.select(x, 0, 0)), scales), 0)
    else:
      w = torch.to(self.dequantise_expert(codes, scales, coarse, columns, torch.size(x, 1), levels), x.dtype)
      y = self.matmul(x, torch.transpose(w, 0, 1))
    return y

  # y (R, C) + x a b for x (R, D) and one expert's factors a (D, r), b (r, C); rank 0 for none. Neither a b nor
  # its gradient is materialized.
  def add_low_rank(self, y: Tensor, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    if torch.size(a, 1) > 0:
      y = torch.add(y, self.matmul(self.matmul(x, a), b))
    return y

  # As grouped_experts with codes, scales and scales of scales instead of w1 and w2, and with low-rank factors
  # f1 g1 and f2 g2 for both.
  def quantised_experts(self, rows: Tensor, counts: Tensor, c1: Tensor, s1: Tensor, k1: Tensor, f1: Tensor, g1: Tensor, b1: Tensor, c2: Tensor, s2: Tensor, k2: Tensor, f2: Tensor, g2: Tensor, b2: Tensor, n: List[float]) -> Tensor:
    activation, columns, single, levels = int(n[0]), int(n[1]), int(n[2]), torch.tensor(torch.slice(n, 3, None, 1), dtype=6)
    sizes : List[int] = counts.tolist()
    xs = torch.split_with_sizes(rows, sizes, 0)
    fs = torch.unbind(f1, 0)
    gs = torch.unbind(g1, 0)
    fs2 = torch.unbind(f2, 0)
    gs2 = torch.unbind(g2, 0)
    ys = annotate(List[Tensor], [])
    # If no expert has rows, the factors still need a zero gradient; see each_expert.
    skip = torch.__or__(torch.size(rows, 0) > 0, torch.size(f1, 2) == 0)
    for e in range(torch.len(sizes)):
      if torch.__and__(skip, sizes[e] == 0):
        _0 = torch.append(ys, xs[e])
      else:
        alone = torch.__and__(sizes[e] == 1, single == 1)
        h = self.quantised_matmul(xs[e], torch.select(c1, 0, e), torch.select(s1, 0, e), torch.select(k1, 0, e), columns, levels, alone)
        h = self.add_low_rank(h, xs[e], fs[e], gs[e])
        if torch.size(b1, 1) > 0:
          h = torch.add(h, torch.select(b1, 0, e))
        h = self.activate(h, activation)
        y = self.quantised_matmul(h, torch.select(c2, 0, e), torch.select(s2, 0, e), torch.select(k2, 0, e), torch.size(rows, 1), levels, alone)
        y = self.add_low_rank(y, h, fs2[e], gs2[e])
        if torch.size(b2, 1) > 0:
          y = torch.add(y, torch.select(b2, 0, e))
        _1 = torch.append(ys, y)
    return torch.cat(ys, 0)

  # ---- transformer ------------------------------------------------------------------------------
  def rms_norm(self, x: Tensor, w: Tensor, n: List[float]) -> Tensor:
    epsilon = float(n[0])
    return torch.rms_norm(x, torch.size(w), w, epsilon)

  def layer_norm(self, x: Tensor, w: Tensor, b: Tensor, n: List[float]) -> Tensor:
    epsilon = float(n[0])
    return torch.layer_norm(x, torch.size(w), w, b, epsilon)

  # Projects x (B, S, D) with w (D, (H + 2 G) dh): q (B, H, S, dh), k and v (B, G, S, dh).
  def heads(self, x: Tensor, w: Tensor, n: List[float]) -> Tuple[Tensor, Tensor, Tensor]:
    heads, kv_heads, precision = int(n[0]), int(n[1]), int(n[2])
    all = torch.to(self.matmul(self.narrowed(x, precision), self.narrowed(w, precision)), x.dtype)
    split = torch.reshape(all, [torch.size(x, 0), torch.size(x, 1), heads + 2 * kv_heads, -1])
    q, k, v = torch.split_with_sizes(torch.transpose(split, 1, 2), [heads, kv_heads, kv_heads], 1)
    return (q, k, v)

  # x w for x (.., D) and w (D, F), computed in the type of the precision, returned in the type of x.
  def linear(self, x: Tensor, w: Tensor, n: List[float]) -> Tensor:
    precision = int(n[0])
    return torch.to(self.matmul(self.narrowed(x, precision), self.narrowed(w, precision)), x.dtype)

  # (B, H, S, dh) as (B, S, H dh).
  def merge_heads(self, x: Tensor) -> Tensor:
    return torch.flatten(torch.transpose(x, 1, 2), 2)

  # q (B, H, S, dh), k and v (B, G, S', dh), each of the G shared by H / G query heads; mask broadcasts to
  # (B, H, S, S') or is empty; n = causal, dtype code of the matmuls. If causal and S < S', the queries are
  # the last S positions.
  def attention(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, n: List[float]) -> Tensor:
    s = torch.size(q, 2)
    t = torch.size(k, 2)
    causal, precision = bool(n[0]), int(n[1])
    if torch.__and__(s == 1, torch.numel(mask) == 0):
      return self.single_query(q, k, v, mask, None)
    if torch.size(q, 1) != torch.size(k, 1):
      each = torch.floordiv(torch.size(q, 1), torch.size(k, 1))
      k = torch.repeat_interleave(k, each, 1)
      v = torch.repeat_interleave(v, each, 1)
    if torch.numel(mask) > 0:
      seen = mask
      if causal:
        seen = torch.logical_and(mask, self.causal_mask(s, t, q))
      y = torch.scaled_dot_product_attention(q, k, v, seen, 0., False)
    else:
      if torch.__and__(causal, s == t):
        if torch.__and__(torch.__and__(precision == 15, s <= 512), torch.__not__(q.is_cuda)):
          y = self.causal_in_bfloat16(q, k, v, torch.pow(float(torch.size(q, 3)), -0.5))
        else:
          y = torch.scaled_dot_product_attention(q, k, v, None, 0., True)
      else:
        if causal:
          y = torch.scaled_dot_product_attention(q, k, v, self.causal_mask(s, t, q), 0., False)
        else:
          y = torch.scaled_dot_product_attention(q, k, v, None, 0., False)
    return y

  # Attention of a single query position, q (B, H, 1, dq), mask (1 or B, 1, 1, S') or empty. Query heads that
  # share a key head become its queries, so that keys are not repeated.
  def single_query(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: Optional[float]) -> Tensor:
    together = torch.reshape(q, [torch.size(q, 0), torch.size(k, 1), -1, torch.size(q, 3)])
    if torch.numel(mask) > 0:
      y = torch.scaled_dot_product_attention(together, k, v, mask, 0., False, scale=scale)
    else:
      y = torch.scaled_dot_product_attention(together, k, v, None, 0., False, scale=scale)
    return torch.reshape(y, [torch.size(q, 0), torch.size(q, 1), 1, -1])

  # On a CPU, two bfloat16 matmuls and a softmax take half the time of the engine's fused kernel in float32 or
  # bfloat16. Backward stores the attention weights (B, H, S, S), so this is not for long S.
  def causal_in_bfloat16(self, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
    s = torch.size(q, 2)
    later = torch.triu(torch.full([s, s], -1e30, dtype=15, device=q.device), 1)
    scaled = torch.to(torch.mul(q, scale), 15)
    scores = torch.add(torch.matmul(scaled, torch.transpose(torch.to(k, 15), 2, 3)), later)
    return torch.to(torch.matmul(torch.softmax(scores, -1), torch.to(v, 15)), q.dtype)

  def causal_mask(self, s: int, t: int, like: Tensor) -> Tensor:
    return torch.tril(torch.ones([s, t], dtype=11, device=like.device), t - s)

  # Attention mask (B, 1, S, S) for padding (B, S), true for padding: real tokens, and each position itself,
  # so that no row is empty.
  def padding_mask(self, padding: Tensor) -> Tensor:
    s = torch.size(padding, 1)
    self_only = torch.eye(s, dtype=11, device=padding.device)
    real = torch.unsqueeze(torch.unsqueeze(torch.logical_not(padding), 1), 1)
    return torch.logical_or(real, self_only)

  # Writes x (B, H, S, dh) into a cache (B, H, L, dh) starting at a position, in place.
  def write_cache(self, cache: Tensor, x: Tensor, n: List[float]) -> Tensor:
    position = int(n[0])
    return torch.copy_(torch.narrow(cache, 2, position, torch.size(x, 2)), x)

  def first_positions(self, cache: Tensor, n: List[float]) -> Tensor:
    count = int(n[0])
    return torch.narrow(cache, 2, 0, count)

  # Rotary position embeddings in Llama's half-split form: x (B, H, S, dh).
  def rotate(self, x: Tensor, n: List[float]) -> Tensor:
    base, first_position = float(n[0]), float(n[1])
    half = torch.floordiv(torch.size(x, 3), 2)
    at = torch.arange(half, dtype=7, device=x.device)
    frequency = torch.exp(torch.mul(at, -torch.log(base) / float(half)))
    position = torch.add(torch.arange(torch.size(x, 2), dtype=7, device=x.device), first_position)
    return self.rotate_halves(x, torch.outer(position, frequency))

  # As above, at given positions (B, S).
  def rotate_at(self, x: Tensor, positions: Tensor, n: List[float]) -> Tensor:
    base = float(n[0])
    half = torch.floordiv(torch.size(x, 3), 2)
    at = torch.arange(half, dtype=7, device=x.device)
    frequency = torch.exp(torch.mul(at, -torch.log(base) / float(half)))
    return self.rotate_halves(x, torch.mul(self.columns_of(torch.to(positions, 7)), frequency))

  # x (B, H, S, dh), angle (S, dh / 2) or (B, 1, S, dh / 2).
  def rotate_halves(self, x: Tensor, angle: Tensor) -> Tensor:
    cos = torch.to(torch.cos(angle), x.dtype)
    sin = torch.to(torch.sin(angle), x.dtype)
    a, b = torch.chunk(x, 2, -1)
    return torch.cat([torch.sub(torch.mul(a, cos), torch.mul(b, sin)), torch.add(torch.mul(b, cos), torch.mul(a, sin))], -1)

  # (B, S) as (B, 1, S, 1).
  def columns_of(self, x: Tensor) -> Tensor:
    return torch.unsqueeze(torch.unsqueeze(x, 1), 3)

  # ---- documents of a sequence --------------------------------------------------------------------
  # Document index of each token for ids (B, S): (B, S). A separator is the last token of its document.
  def documents(self, ids: Tensor, n: List[float]) -> Tensor:
    separator = int(n[0])
    ends = torch.to(torch.eq(ids, separator), 4)
    return torch.sub(torch.cumsum(ends, 1), ends)

  # Position of each token in its document, for document indices (B, S): (B, S).
  def document_positions(self, documents: Tensor) -> Tensor:
    at = torch.arange(torch.size(documents, 1), dtype=4, device=documents.device)
    new = torch.ne(documents, torch.roll(documents, [1], [1]))
    start = torch.cummax(torch.mul(torch.to(new, 4), at), 1)[0]
    return torch.sub(at, start)

  # ---- attention of published models --------------------------------------------------------------
  # x w + b for x (.., D), w (D, C) and b (C); n = the type of the matmul.
  def affine(self, x: Tensor, w: Tensor, b: Tensor, n: List[float]) -> Tensor:
    return torch.add(self.linear(x, w, n), b)

  def columns(self, x: Tensor, n: List[float]) -> Tensor:
    first, count = int(n[0]), int(n[1])
    return torch.narrow(x, -1, first, count)

  def join_columns(self, a: Tensor, b: Tensor) -> Tensor:
    return torch.cat([a, b], -1)

  # (B, S, H dh) as (B, H, S, dh).
  def split_heads(self, x: Tensor, n: List[float]) -> Tensor:
    heads = int(n[0])
    split = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, -1])
    return torch.transpose(split, 1, 2)

  # (B, 1, S, dh) as (B, H, S, dh), sharing memory.
  def share_heads(self, x: Tensor, n: List[float]) -> Tensor:
    heads = int(n[0])
    return torch.expand(x, [-1, heads, -1, -1])

  # The up-projection w (rank, H (dp + dv)) of latent attention is viewed as one matrix per head; dp is the
  # width without position. Queries q (B, H, 1, dp) become queries for latent vectors: (B, H, 1, rank).
  def latent_queries(self, q: Tensor, w: Tensor, n: List[float]) -> Tensor:
    heads, plain = int(n[0]), int(n[1])
    each = torch.reshape(w, [torch.size(w, 0), heads, -1])
    return torch.matmul(q, torch.to(torch.permute(torch.narrow(each, 2, 0, plain), [1, 2, 0]), q.dtype))

  # Attention-weighted latent vectors y (B, H, 1, rank) become values: (B, H, 1, dv).
  def latent_values(self, y: Tensor, w: Tensor, n: List[float]) -> Tensor:
    heads, plain = int(n[0]), int(n[1])
    each = torch.reshape(w, [torch.size(w, 0), heads, -1])
    width = torch.size(each, 2) - plain
    return torch.matmul(y, torch.to(torch.permute(torch.narrow(each, 2, plain, width), [1, 0, 2]), y.dtype))

  def clip(self, x: Tensor, n: List[float]) -> Tensor:
    limit = float(n[0])
    return torch.clamp_max(torch.clamp_min(x, -limit), limit)

  # Rotary position embeddings with frequencies (dh / 2), x (B, H, S, dh), rotating adjacent pairs or halves.
  # Angles are computed in float32, as upstream.
  def rotate_by(self, x: Tensor, n: List[float]) -> Tensor:
    first, magnitude, pairs, frequencies = float(n[0]), float(n[1]), int(n[2]), torch.tensor(torch.slice(n, 3, None, 1), dtype=6)
    position = torch.add(torch.arange(torch.size(x, 2), dtype=6), first)
    angle = torch.to(torch.outer(position, frequencies), x.device)
    return self.rotate_pairs(x, angle, magnitude, pairs)

  # As above, at given positions (B, S).
  def rotate_by_at(self, x: Tensor, positions: Tensor, n: List[float]) -> Tensor:
    magnitude, pairs, frequencies = float(n[0]), int(n[1]), torch.tensor(torch.slice(n, 2, None, 1), dtype=6)
    angle = torch.mul(self.columns_of(torch.to(positions, 6)), torch.to(frequencies, x.device))
    return self.rotate_pairs(x, angle, magnitude, pairs)

  # x (B, H, S, dh), angle (S, dh / 2) or (B, 1, S, dh / 2).
  def rotate_pairs(self, x: Tensor, angle: Tensor, magnitude: float, pairs: int) -> Tensor:
    cos = torch.to(torch.mul(torch.cos(angle), magnitude), x.dtype)
    sin = torch.to(torch.mul(torch.sin(angle), magnitude), x.dtype)
    if pairs == 1:
      a = torch.slice(x, -1, 0, None, 2)
      b = torch.slice(x, -1, 1, None, 2)
    else:
      a, b = torch.chunk(x, 2, -1)
    return torch.cat([torch.sub(torch.mul(a, cos), torch.mul(b, sin)), torch.add(torch.mul(b, cos), torch.mul(a, sin))], -1)

  # Mask (1 or B, 1, S, S') for S queries at the end of S' positions: with causal, no later keys; with a window
  # above 0, only keys within it; no padding (B, S'); only keys in the query's document (B, S').
  def attention_mask(self, padding: Tensor, documents: Tensor, n: List[float]) -> Tensor:
    queries, keys, window, causal = int(n[0]), int(n[1]), int(n[2]), bool(n[3])
    key = torch.unsqueeze(torch.arange(keys, dtype=4, device=padding.device), 0)
    query = torch.unsqueeze(torch.add(torch.arange(queries, dtype=4, device=padding.device), keys - queries), 1)
    if causal:
      seen = torch.le(key, query)
    else:
      seen = torch.ones([queries, keys], dtype=11, device=padding.device)
    if window > 0:
      seen = torch.logical_and(seen, torch.lt(torch.abs(torch.sub(key, query)), window))
    seen = torch.unsqueeze(torch.unsqueeze(seen, 0), 0)
    if torch.numel(padding) > 0:
      real = torch.unsqueeze(torch.unsqueeze(torch.logical_not(padding), 1), 1)
      seen = torch.logical_and(seen, real)
    if torch.numel(documents) > 0:
      same = torch.eq(torch.unsqueeze(documents, 2), torch.unsqueeze(documents, 1))
      seen = torch.logical_and(seen, torch.unsqueeze(same, 1))
    return seen

  # q (B, H, S, dq), k (B, G, S', dq), v (B, G, S', dv), mask (1 or B, 1, S, S') or empty, sinks (H) or empty;
  # n = scale, causal (without a mask), minus infinity, dtype code of the matmuls.
  def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, sinks: Tensor, n: List[float]) -> Tensor:
    scale, causal, negative_infinity, precision = float(n[0]), bool(n[1]), float(n[2]), int(n[3])
    if torch.__and__(torch.size(q, 2) == 1, torch.numel(sinks) == 0):
      return self.single_query(q, k, v, mask, scale)
    if torch.size(q, 1) != torch.size(k, 1):
      each = torch.floordiv(torch.size(q, 1), torch.size(k, 1))
      k = torch.repeat_interleave(k, each, 1)
      v = torch.repeat_interleave(v, each, 1)
    fast = torch.__and__(torch.__and__(precision == 15, torch.size(q, 2) <= 512), torch.__not__(q.is_cuda))
    plain = torch.__and__(torch.numel(sinks) == 0, torch.numel(mask) == 0)
    if torch.__and__(torch.__and__(fast, plain), causal):
      return self.causal_in_bfloat16(q, k, v, scale)
    narrow = self.narrowed(q, precision)
    k = self.narrowed(k, precision)
    v = self.narrowed(v, precision)
    if torch.numel(sinks) > 0:
      scores = torch.mul(torch.to(torch.matmul(narrow, torch.transpose(k, 2, 3)), q.dtype), scale)
      scores = torch.masked_fill(scores, torch.logical_not(mask), negative_infinity)
      sink = torch.expand(torch.reshape(sinks, [1, -1, 1, 1]), [torch.size(q, 0), -1, torch.size(q, 2), 1])
      shares = torch.softmax(torch.cat([scores, sink], -1), -1)
      y = torch.matmul(self.narrowed(torch.narrow(shares, -1, 0, torch.size(k, 2)), precision), v)
    else:
      if torch.numel(mask) > 0:
        y = torch.scaled_dot_product_attention(narrow, k, v, mask, 0., False, scale=scale)
      else:
        y = torch.scaled_dot_product_attention(narrow, k, v, None, 0., causal, scale=scale)
    return torch.to(y, q.dtype)

  # ---- adapters -----------------------------------------------------------------------------------
  # w (.., D, H) + scale a b for a (.., D, r) and b (.., r, H).
  def low_rank(self, like: Tensor, w: Tensor, a: Tensor, b: Tensor, n: List[float]) -> Tensor:
    scale = float(n[0])
    return torch.add(w, torch.mul(torch.matmul(a, b), scale))

  # ---- float16 weights ----------------------------------------------------------------------------
  # Allocates float16 zeros (.., D, C) with contiguous columns; n = the sizes in memory order.
  def half_zeros(self, like: Tensor, n: List[float]) -> Tensor:
    sizes = annotate(List[int], [])
    for i in range(torch.len(n)):
      _0 = torch.append(sizes, int(n[i]))
    return torch.transpose(torch.zeros(sizes, dtype=5, device=like.device), -2, -1)

  # The largest absolute value, in float64.
  def largest(self, x: Tensor) -> Tensor:
    return torch.to(torch.maximum(torch.amax(x), torch.neg(torch.amin(x))), 7)

  # ---- weights in files ---------------------------------------------------------------------------
  # Writes a source into the strided part of a target.
  def write_part(self, target: Tensor, source: Tensor, sizes: List[int], strides: List[int], offset: int) -> Tensor:
    return torch.copy_(torch.as_strided(target, sizes, strides, offset), torch.reshape(source, sizes))

  # Reads a strided part; the layout is sizes, then strides.
  def read_part(self, x: Tensor, n: List[float]) -> Tensor:
    wide, offset, axes, layout = int(n[0]), int(n[1]), int(n[2]), torch.slice(n, 3, None, 1)
    sizes = annotate(List[int], [])
    strides = annotate(List[int], [])
    for i in range(axes):
      _0 = torch.append(sizes, int(layout[i]))
      _1 = torch.append(strides, int(layout[axes + i]))
    part = torch.as_strided(torch.contiguous(torch.detach(x)), sizes, strides, offset)
    return torch.to(torch.flatten(torch.contiguous(part)), wide)

  def matmul_transposed(self, x: Tensor, w: Tensor) -> Tensor:
    return self.matmul(x, torch.transpose(w, 0, 1))

  # Cross-entropy of targets (N) and logits (N, V), in nats; a target of -1 gives 0.
  def cross_entropy(self, logits: Tensor, targets: Tensor) -> Tensor:
    return torch.nll_loss(torch.log_softmax(logits, -1), targets, None, 0, -1)

  # KL divergence of the student's distribution from the teacher's at a temperature, logits (N, V): (N).
  def kl_divergence(self, student: Tensor, teacher: Tensor, n: List[float]) -> Tensor:
    temperature = float(n[0])
    q = torch.log_softmax(torch.div(student, temperature), -1)
    p = torch.log_softmax(torch.div(torch.detach(teacher), temperature), -1)
    return torch.sum(torch.mul(torch.exp(p), torch.sub(p, q)), [-1])

  # ---- optimizer: lists of parameters, changed in place ---------------------------------------------
  def global_norm(self, grads: List[Tensor]) -> Tensor:
    return torch.to(torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads))), 7)

  # The 2-norm of each array, in float64.
  def norms(self, grads: List[Tensor]) -> Tensor:
    return torch.to(torch.stack(torch._foreach_norm(grads)), 7)

  # The 2-norm of each entry of the first axis, array by array, in float64.
  def row_norms(self, grads: List[Tensor]) -> Tensor:
    rows = annotate(List[Tensor], [])
    for i in range(torch.len(grads)):
      _0 = torch.append(rows, torch.linalg_vector_norm(torch.flatten(grads[i], 1), 2, [1]))
    return torch.to(torch.cat(rows), 7)

  # The kernel expects incremented step counts. It computes the last few elements of an array differently from
  # the others, so arrays with by_row are updated row by row; then no bit depends on which rows an array
  # contains. Scaled gradients are computed for about 16 MiB at a time; gradients may share memory, so they
  # cannot be scaled in place. The return value keeps the compiler from eliminating the update as dead code.
  def adam_w(self, params: List[Tensor], grads: List[Tensor], means: List[Tensor], variances: List[Tensor], steps: List[Tensor], by_row: List[int], factor: float, rate: float, beta1: float, beta2: float, decay: float, epsilon: float) -> Tensor:
    torch._foreach_add_(steps, 1.)
    p = annotate(List[Tensor], [])
    g = annotate(List[Tensor], [])
    m = annotate(List[Tensor], [])
    v = annotate(List[Tensor], [])
    t = annotate(List[Tensor], [])
    scaled = 0
    last = torch.len(params) - 1
    for i in range(torch.len(params)):
      d = grads[i]
      if factor != 1.:
        d = torch.mul(d, factor)
        scaled = scaled + torch.numel(d)
      if by_row[i] == 1:
        ps = torch.unbind(params[i], 0)
        gs = torch.unbind(d, 0)
        ms = torch.unbind(means[i], 0)
        vs = torch.unbind(variances[i], 0)
        for r in range(torch.len(ps)):
          _0 = torch.append(p, ps[r])
          _1 = torch.append(g, gs[r])
          _2 = torch.append(m, ms[r])
          _3 = torch.append(v, vs[r])
          _4 = torch.append(t, steps[i])
      else:
        _5 = torch.append(p, params[i])
        _6 = torch.append(g, d)
        _7 = torch.append(m, means[i])
        _8 = torch.append(v, variances[i])
        _9 = torch.append(t, steps[i])
      if torch.__or__(i == last, scaled > 4194304):
        torch._fused_adamw_(p, g, m, v, annotate(List[Tensor], []), t, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=epsilon, amsgrad=False, maximize=False)
        p = annotate(List[Tensor], [])
        g = annotate(List[Tensor], [])
        m = annotate(List[Tensor], [])
        v = annotate(List[Tensor], [])
        t = annotate(List[Tensor], [])
        scaled = 0
    return params[0]

  # The matrices of x (.., R, C) with singular values near 1: Newton-Schulz iterations with the quintic
  # coefficients of Jordan et al. (Muon). One matrix at a time where the bits of a batched matmul could depend
  # on the number of matrices; norms always, for the same reason.
  def orthogonalise(self, x: Tensor, n: List[float]) -> Tensor:
    iterations, precision = int(n[0]), int(n[1])
    rows = torch.size(x, -2)
    columns = torch.size(x, -1)
    stack = torch.reshape(self.narrowed(x, precision), [-1, rows, columns])
    norms = torch.reshape(torch.stack(torch._foreach_norm(torch.unbind(stack, 0))), [-1, 1, 1])
    stack = torch.div(stack, torch.clamp_min(norms, 1e-7))
    if torch.__or__(torch.remainder(rows, 16) != 0, torch.remainder(columns, 16) != 0):
      parts = annotate(List[Tensor], [])
      for e in range(torch.size(stack, 0)):
        _0 = torch.append(parts, self.newton_schulz(torch.clone(torch.narrow(stack, 0, e, 1)), iterations))
      y = torch.cat(parts, 0)
    else:
      y = self.newton_schulz(stack, iterations)
    return torch.to(torch.reshape(y, torch.size(x)), x.dtype)

  def newton_schulz(self, x: Tensor, iterations: int) -> Tensor:
    tall = torch.gt(torch.size(x, 1), torch.size(x, 2))
    y = x
    if tall:
      y = torch.transpose(x, 1, 2)
    for i in range(iterations):
      gram = torch.bmm(y, torch.transpose(y, 1, 2))
      update = torch.baddbmm(gram, gram, gram, beta=-4.775, alpha=2.0315)
      y = torch.baddbmm(y, update, y, beta=3.4445, alpha=1.)
    if tall:
      y = torch.transpose(y, 1, 2)
    return y

  # averages = decay * averages + (1 - decay) * values; with by_row row by row, as adam_w.
  def average_all(self, averages: List[Tensor], values: List[Tensor], by_row: List[int], decay: float) -> Tensor:
    a = annotate(List[Tensor], [])
    v = annotate(List[Tensor], [])
    for i in range(torch.len(averages)):
      if by_row[i] == 1:
        rows = torch.unbind(averages[i], 0)
        news = torch.unbind(values[i], 0)
        for r in range(torch.len(rows)):
          _0 = torch.append(a, rows[r])
          _1 = torch.append(v, news[r])
      else:
        _2 = torch.append(a, averages[i])
        _3 = torch.append(v, values[i])
    torch._foreach_lerp_(a, v, 1. - decay)
    return a[0]

  def copy_all(self, targets: List[Tensor], sources: List[Tensor]) -> Tensor:
    torch._foreach_copy_(targets, sources)
    return targets[0]

  # ---- gradients --------------------------------------------------------------------------------
  # Gradients of sum_i <outputs[i], weights[i]> (weights of 1 if there are none) with respect to those inputs
  # that the outputs depend on, as new contiguous arrays, and the positions of these inputs.
  def gradients(self, outputs: List[Tensor], weights: List[Tensor], inputs: List[Tensor]) -> Tuple[List[Tensor], List[int]]:
    grad_outputs = annotate(List[Optional[Tensor]], [])
    for i in range(torch.len(outputs)):
      if torch.len(weights) == 0:
        _0 = torch.append(grad_outputs, torch.ones_like(outputs[i]))
      else:
        _1 = torch.append(grad_outputs, weights[i])
    found = torch.autograd.grad(outputs, inputs, grad_outputs, None, False, True)
    gradients = annotate(List[Tensor], [])
    ids = annotate(List[int], [])
    for i in range(torch.len(found)):
      gradient = found[i]
      if torch.__isnot__(gradient, None):
        _2 = torch.append(gradients, torch.contiguous(unchecked_cast(Tensor, gradient)))
        _3 = torch.append(ids, i)
    return (gradients, ids)

  # 1 for arrays that require gradients, otherwise 0.
  def recorded(self, xs: List[Tensor]) -> Tensor:
    marks = annotate(List[float], [])
    for i in range(torch.len(xs)):
      mark = 0.
      if xs[i].requires_grad:
        mark = 1.
      _0 = torch.append(marks, mark)
    return torch.tensor(marks, dtype=7)
