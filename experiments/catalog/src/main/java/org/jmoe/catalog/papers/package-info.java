/** Published results as experiments, one per class. */
@NullMarked
package org.jmoe.catalog.papers;

import org.jspecify.annotations.NullMarked;
