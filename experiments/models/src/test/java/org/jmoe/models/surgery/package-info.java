/** Tests of surgery. */
@NullMarked
package org.jmoe.models.surgery;

import org.jspecify.annotations.NullMarked;
