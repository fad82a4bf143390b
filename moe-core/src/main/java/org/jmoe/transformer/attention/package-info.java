/** Self-attention, rotary positions and the key/value cache. */
@NullMarked
package org.jmoe.transformer.attention;

import org.jspecify.annotations.NullMarked;
