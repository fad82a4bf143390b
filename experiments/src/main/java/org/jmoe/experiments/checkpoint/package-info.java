/** Folders of files that are complete and verified, or do not count. */
@NullMarked
package org.jmoe.experiments.checkpoint;

import org.jspecify.annotations.NullMarked;
