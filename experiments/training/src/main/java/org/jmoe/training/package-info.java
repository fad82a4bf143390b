/** The training step: micro-batches, objective, gradients, numerics and what watches over them. */
@NullMarked
package org.jmoe.training;

import org.jspecify.annotations.NullMarked;
