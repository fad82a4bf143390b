package org.jmoe.experiments.run;

import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import java.util.Set;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RouterSpec;
import org.jmoe.routing.DenseSoftRouter;
import org.jmoe.routing.NoisyTopKRouter;
import org.jmoe.routing.SwitchRouter;
import org.jmoe.routing.TopKRouter;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;

/** Which {@code "type"} in JSON stands for which record: an explicit list that users extend. */
public final class SpecTypes {
  private final ImmutableTable<Class<?>, String, Class<?>> types;

  private SpecTypes(Table<Class<?>, String, Class<?>> types) {
    this.types = ImmutableTable.copyOf(types);
  }

  /** Everything that jmoe brings. */
  public static SpecTypes standard() {
    return new SpecTypes(
        ImmutableTable.<Class<?>, String, Class<?>>builder()
            .put(RouterSpec.class, "TopKRouter", TopKRouter.Spec.class)
            .put(RouterSpec.class, "NoisyTopKRouter", NoisyTopKRouter.Spec.class)
            .put(RouterSpec.class, "SwitchRouter", SwitchRouter.Spec.class)
            .put(RouterSpec.class, "DenseSoftRouter", DenseSoftRouter.Spec.class)
            .put(ExpertsSpec.class, "FeedForwardExperts", FeedForwardExperts.Spec.class)
            .put(AuxLoss.class, "SwitchBalance", SwitchBalance.class)
            .put(AuxLoss.class, "RouterZ", RouterZ.class)
            .put(CorpusSource.class, "DefaultSource", DefaultSource.class)
            .put(CorpusSource.class, "FileSource", FileSource.class)
            .build());
  }

  /** The same with a record of one's own, such as a new router's {@code Spec}. */
  public <T> SpecTypes with(Class<T> kind, String name, Class<? extends T> type) {
    return new SpecTypes(
        ImmutableTable.<Class<?>, String, Class<?>>builder()
            .putAll(types)
            .put(kind, name, type)
            .build());
  }

  ImmutableTable<Class<?>, String, Class<?>> table() {
    return types;
  }

  /** Names known for a kind of spec. */
  Set<String> names(Class<?> kind) {
    return types.row(kind).keySet();
  }
}
