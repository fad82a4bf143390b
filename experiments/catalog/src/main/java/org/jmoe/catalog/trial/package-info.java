/** Trials that experiments share, and their data and models. */
@NullMarked
package org.jmoe.catalog.trial;

import org.jspecify.annotations.NullMarked;
