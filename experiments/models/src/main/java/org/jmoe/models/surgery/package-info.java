/** Prunes, merges, splits, upcycles and ablates experts of trained models. */
@NullMarked
package org.jmoe.models.surgery;

import org.jspecify.annotations.NullMarked;
