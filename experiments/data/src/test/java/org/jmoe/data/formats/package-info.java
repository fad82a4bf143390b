/** Tests of {@code org.jmoe.data.formats}. */
@NullMarked
package org.jmoe.data.formats;

import org.jspecify.annotations.NullMarked;
