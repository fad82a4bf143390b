/** Tests of what is told of routers. */
@NullMarked
package org.jmoe.experiments.analysis;

import org.jspecify.annotations.NullMarked;
