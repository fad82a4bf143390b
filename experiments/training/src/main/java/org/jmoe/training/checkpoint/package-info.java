/** Checkpoints: atomic writes, manifests and verification. */
@NullMarked
package org.jmoe.training.checkpoint;

import org.jspecify.annotations.NullMarked;
