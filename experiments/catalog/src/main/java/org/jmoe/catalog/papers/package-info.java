/** Published results as experiments, one a file. */
@NullMarked
package org.jmoe.catalog.papers;

import org.jspecify.annotations.NullMarked;
