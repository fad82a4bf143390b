/** Models made of other models. */
@NullMarked
package org.jmoe.experiments.surgery;

import org.jspecify.annotations.NullMarked;
