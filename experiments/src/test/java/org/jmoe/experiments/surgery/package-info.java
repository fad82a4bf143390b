/** Tests of surgery. */
@NullMarked
package org.jmoe.experiments.surgery;

import org.jspecify.annotations.NullMarked;
