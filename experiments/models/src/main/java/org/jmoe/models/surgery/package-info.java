/** Changing trained models: pruning, merging, splitting, upcycling and knocking out experts. */
@NullMarked
package org.jmoe.models.surgery;

import org.jspecify.annotations.NullMarked;
