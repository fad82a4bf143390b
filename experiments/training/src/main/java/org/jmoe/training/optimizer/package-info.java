/** AdamW, its parameter groups and learning-rate schedules. */
@NullMarked
package org.jmoe.training.optimizer;

import org.jspecify.annotations.NullMarked;
