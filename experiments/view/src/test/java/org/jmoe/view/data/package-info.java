/** Tests of {@code org.jmoe.view.data}. */
@NullMarked
package org.jmoe.view.data;

import org.jspecify.annotations.NullMarked;
