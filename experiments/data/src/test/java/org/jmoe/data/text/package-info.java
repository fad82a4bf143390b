/** Tests of {@code org.jmoe.data.text}. */
@NullMarked
package org.jmoe.data.text;

import org.jspecify.annotations.NullMarked;
