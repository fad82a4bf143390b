package org.jmoe.intervention;

import org.jmoe.layer.LayerHook;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.MoeLayer;

/** A hook that changes a pass and looks at nothing. Combine several with {@link #then}. */
public interface Intervention extends LayerHook {
  @Override
  default void computed(MoeLayer layer, LayerPass pass) {}
}
