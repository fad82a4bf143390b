/** Engine of experiments: arms, trials, results and the checks that judge them. */
@NullMarked
package org.jmoe.catalog.engine;

import org.jspecify.annotations.NullMarked;
