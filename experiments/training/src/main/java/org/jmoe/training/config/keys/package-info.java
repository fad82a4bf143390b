/** Keys of configurations: what a misspelled one stands for, and how two configurations differ. */
@NullMarked
package org.jmoe.training.config.keys;

import org.jspecify.annotations.NullMarked;
