/** Tests of {@code org.jmoe.view}. */
@NullMarked
package org.jmoe.view;

import org.jspecify.annotations.NullMarked;
