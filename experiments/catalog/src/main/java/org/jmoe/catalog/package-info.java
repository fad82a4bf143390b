/** The list of experiments. */
@NullMarked
package org.jmoe.catalog;

import org.jspecify.annotations.NullMarked;
