/** Commands that change, export and run trained models. */
@NullMarked
package org.jmoe.app.cli.model;

import org.jspecify.annotations.NullMarked;
