/**
 * Interface of model families, and the parsing of configurations and tensor names that they share.
 */
@NullMarked
package org.jmoe.models.family;

import org.jspecify.annotations.NullMarked;
