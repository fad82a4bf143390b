/**
 * MoE models in any trainer, such as DJL's: a model that outputs its routing signals, a loss that
 * uses them, and the adaptation of routers that learn without gradients.
 */
@NullMarked
package org.jmoe.djl;

import org.jspecify.annotations.NullMarked;
