/** Logs of a training run for other tools, such as TensorBoard. */
@NullMarked
package org.jmoe.training.log;

import org.jspecify.annotations.NullMarked;
