/** The training step: micro-batches, objective, gradients, numerics and monitoring. */
@NullMarked
package org.jmoe.training;

import org.jspecify.annotations.NullMarked;
