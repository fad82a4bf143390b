/** The page of {@code jmoe view}: its server, its live events and its reports. */
@NullMarked
package org.jmoe.view;

import org.jspecify.annotations.NullMarked;
