/** Reading and writing of safetensors files. */
@NullMarked
package org.jmoe.io.safetensors;

import org.jspecify.annotations.NullMarked;
