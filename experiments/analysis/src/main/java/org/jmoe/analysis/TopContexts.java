package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jmoe.data.batch.Batch;

/**
 * The contexts with the largest weights of one expert; ties go to the first seen. Contexts with the
 * same text as one already kept are skipped.
 */
final class TopContexts {
  private static final int BEFORE = 24;
  private static final int AFTER = 8;

  private final int most;
  private final List<TokenContext> best = new ArrayList<>(); // in descending order of weight

  TopContexts(int most) {
    this.most = most;
  }

  void offer(double weight, Batch batch, int token) {
    if (most == 0 || (best.size() == most && weight <= best.get(most - 1).weight())) {
      return;
    }
    int start = token - token % batch.sequenceLength();
    int end = start + batch.sequenceLength();
    TokenContext context =
        new TokenContext(
            weight,
            ids(batch, Math.max(start, token - BEFORE), token),
            (int) batch.input(token),
            ids(batch, token + 1, Math.min(end, token + 1 + AFTER)));
    if (best.stream().anyMatch(known -> readsLike(known, context))) {
      return;
    }
    best.add(context);
    best.sort(Comparator.comparingDouble(TokenContext::weight).reversed()); // stable
    if (best.size() > most) {
      best.remove(most);
    }
  }

  private static boolean readsLike(TokenContext a, TokenContext b) {
    return a.token() == b.token() && a.before().equals(b.before());
  }

  private static ImmutableIntArray ids(Batch batch, int from, int to) {
    ImmutableIntArray.Builder ids = ImmutableIntArray.builder(to - from);
    for (int t = from; t < to; t++) {
      ids.add((int) batch.input(t));
    }
    return ids.build();
  }

  ImmutableList<TokenContext> best() {
    return ImmutableList.copyOf(best);
  }
}
