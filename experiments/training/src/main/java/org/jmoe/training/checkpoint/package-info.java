/** Folders of files that are complete and verified, or do not count. */
@NullMarked
package org.jmoe.training.checkpoint;

import org.jspecify.annotations.NullMarked;
