/**
 * Tensor operations, shape checks and named random seeds; the only package that calls the engine.
 */
@NullMarked
package org.jmoe.tensor;

import org.jspecify.annotations.NullMarked;
