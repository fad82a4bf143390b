/**
 * A pre-norm transformer with dense or MoE feed-forward layers, generation and low-rank adapters.
 */
@NullMarked
package org.jmoe.transformer;

import org.jspecify.annotations.NullMarked;
