/** Logging of training metrics to other tools, such as TensorBoard. */
@NullMarked
package org.jmoe.training.log;

import org.jspecify.annotations.NullMarked;
