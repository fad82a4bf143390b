/** Names and failures of compute devices. */
@NullMarked
package org.jmoe.device;

import org.jspecify.annotations.NullMarked;
