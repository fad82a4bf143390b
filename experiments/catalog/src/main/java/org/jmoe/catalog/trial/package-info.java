/** Trials common to several experiments, with their data and models. */
@NullMarked
package org.jmoe.catalog.trial;

import org.jspecify.annotations.NullMarked;
