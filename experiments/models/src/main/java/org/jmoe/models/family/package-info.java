/** Published model families: configuration, structure and tensor names, one family a file. */
@NullMarked
package org.jmoe.models.family;

import org.jspecify.annotations.NullMarked;
