/** Text sources. */
@NullMarked
package org.jmoe.data.text;

import org.jspecify.annotations.NullMarked;
