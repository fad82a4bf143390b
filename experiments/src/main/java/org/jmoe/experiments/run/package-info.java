/** Configurations and the directories that results live in. */
@NullMarked
package org.jmoe.experiments.run;

import org.jspecify.annotations.NullMarked;
